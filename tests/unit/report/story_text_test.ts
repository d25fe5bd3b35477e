// What a summary and a replay say of faults that happen again and again.
import assert from "node:assert/strict";
import { initialState, type KubeEvent } from "../../../src/fleet/state.ts";
import { stepPlace } from "../../../src/report/html/page/instant.js";
import { faultLines, rolloutStepText } from "../../../src/report/now_text.ts";
import { faultStory, storyLines } from "../../../src/report/story_text.ts";

const MINUTE = 60_000_000;
const once = {
  ...{ type: "gateway-errors", message: "the gateway answers 502", targets: ["chat"] },
  ...{ beganAt: 2 * MINUTE, endedAt: 3 * MINUTE },
};
const again = { ...once, lastBeganAt: 12 * MINUTE, endedAt: 13 * MINUTE, times: 3 };

const tell = (minute: number, object: string, reason: string, message: string): KubeEvent => ({
  ...{ kind: "event", at: minute * MINUTE, seq: minute, type: "Warning", source: "x" },
  ...{ object, reason, message },
});

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

Deno.test("storyLines() counts what an object says again, unless something else became of it", () => {
  const refused = Array.from({ length: 30 }, (_, index) => 3 + index)
    .map((minute) => tell(minute, "a/rs", "FailedCreate", "exceeded quota"));
  const state = {
    ...initialState(),
    faults: { q: { ...once, endedAt: 40 * MINUTE } },
    events: [
      ...refused,
      ...[34, 36].map((minute) => tell(minute, "a/chat", "NotReady", "not Ready")),
      tell(37, "a/chat", "Ready", "Ready"),
      tell(38, "a/chat", "NotReady", "not Ready"),
    ],
  };
  const rows = storyLines(state, {}).map((line) => line.trim().replace(/ {2,}/g, "|"));
  assert.deepEqual(rows.filter((row) => row !== ""), [
    "events",
    "2m00s|FaultBegan|q|the gateway answers 502, chat",
    "3m00s|FailedCreate|rs|(x30 until 32m00s) exceeded quota",
    "34m00s|NotReady|chat|(x2 until 36m00s) not Ready",
    "37m00s|Ready|chat|Ready",
    "38m00s|NotReady|chat|not Ready",
    "40m00s|FaultEnded|q|chat",
  ]);
});

Deno.test("storyLines() says how many earlier events it leaves out", () => {
  const left = (more: number) => {
    const events = Array.from(
      { length: 16 + more },
      (_, index) => tell(3 + index, "a/chat", index % 2 ? "Ready" : "NotReady", "x"),
    );
    return storyLines({ ...initialState(), events }, {})[1];
  };
  assert.equal(left(1), "    (1 earlier one is in the log)");
  assert.equal(left(2), "    (2 earlier ones are in the log)");
});

Deno.test("rolloutStepText() counts the steps that are done, all of them when the rollout is", () => {
  const rollout = {
    ...{ service: "chat", strategy: "canary" as const, step: 1, steps: 2, about: "setWeight 100" },
    ...{ phase: "Progressing" as const, message: "", startedAt: 0 },
  };
  const pages = (phase: string, aborted = false) => stepPlace({ ...rollout, phase, aborted });
  assert.equal(rolloutStepText(rollout), "step 1/2 (setWeight 100)");
  assert.equal(pages("Progressing"), "step 1/2");
  const done = { ...rollout, phase: "Healthy" as const, completedAt: MINUTE };
  assert.equal(rolloutStepText(done), "step 2/2 (setWeight 100)");
  assert.equal(pages("Healthy"), "step 2/2");
  assert.equal(pages("Degraded", true), "step 1/2");
  assert.equal(rolloutStepText({ ...rollout, step: -1 }), "setWeight 100");
});
