// What a summary and a replay say of faults that happen again and again.
import assert from "node:assert/strict";
import { initialState } from "../../../src/fleet/state.ts";
import { faultLines } from "../../../src/report/now_text.ts";
import { faultStory, storyLines } from "../../../src/report/story_text.ts";

const MINUTE = 60_000_000;
const once = {
  ...{ type: "gateway-errors", message: "the gateway answers 502", targets: ["chat"] },
  ...{ beganAt: 2 * MINUTE, endedAt: 3 * MINUTE },
};
const again = { ...once, lastBeganAt: 12 * MINUTE, endedAt: 13 * MINUTE, times: 3 };

Deno.test("faultStory() tells the last time of a fault that happens again, and how often it did", () => {
  assert.deepEqual(faultStory("gw", once).map(({ at, message }) => [at / MINUTE, message]), [
    [2, "the gateway answers 502, chat"],
    [3, "chat"],
  ]);
  assert.deepEqual(faultStory("gw", again).map(({ at, message }) => [at / MINUTE, message]), [
    [12, "the last of 3 times since 2m00s: the gateway answers 502, chat"],
    [13, "chat"],
  ]);
});

Deno.test("faultLines() says since when a fault is in force, not when it was for the first time", () => {
  const { endedAt: _, ...inForce } = again;
  const state = { ...initialState(), faults: { gw: inForce } };
  const since =
    "  gw since 12m00s (the last of 3 times since 2m00s), the gateway answers 502: chat";
  assert.deepEqual(faultLines(state), [since, ""]);
  assert.match(storyLines(state, { width: 120 }).join("\n"), /12m00s {3}FaultBegan {3}gw/);
});
