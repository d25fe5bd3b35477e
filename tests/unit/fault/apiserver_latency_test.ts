import assert from "node:assert/strict";
import { apiserverLatency } from "../../../src/mod.ts";
import { SECOND } from "../fleet/small_fleet.ts";
import { type Run, run, smallScenario } from "../scenario/small_run.ts";

const users = {
  ...{
    kind: "constant",
    name: "users",
    to: "chat",
    rps: 20,
    prompt: { kind: "fixed", tokens: 50 },
  },
  output: { kind: "fixed", tokens: 10 },
};
const kill = { kind: "pod-kill", on: { kind: "pods", mode: "first" }, grace: "0s", when: "2m" };

/** One of two pods is deleted by force at 2m. */
const killed = (faults: readonly unknown[]) =>
  run(smallScenario({ load: [users], faults: [...faults, kill] }));

const failed = ({ state }: Run) =>
  state.services["chat"]!.revisions["stable"]!.measured.requests.failed;

/** When the pod that takes the dead one's place was made, in seconds. */
function replacedS({ of }: Run): number {
  const made = of("object.applied").find(({ at, key, object }) =>
    at >= 120 * SECOND && key.startsWith("/Pod/") && object !== undefined
  );
  return made!.at / SECOND;
}

const calm = killed([]);

Deno.test("apiserverLatency() has a dead pod replaced so much later, and sent to until then", () => {
  const late = killed([apiserverLatency({ by: "15s", when: "1m", for: "5m" })]);
  assert.equal(replacedS(calm), 120);
  assert.equal(replacedS(late), 135);
  // Half of 20 requests a second.
  const more = failed(late) - failed(calm);
  assert.ok(Math.abs(more - 150) <= 3, `${failed(calm)}, then ${failed(late)}`);
});

Deno.test("apiserverLatency() is over when it says so, and adds up with another", () => {
  assert.equal(replacedS(killed([apiserverLatency({ by: "15s", when: "1m", for: "30s" })])), 120);
  const both = killed([
    apiserverLatency({ name: "a", by: "4s", when: "1m", for: "5m" }),
    apiserverLatency({ name: "b", by: "3s", when: "1m", permanent: true }),
  ]);
  assert.equal(replacedS(both), 127);
});

Deno.test("apiserverLatency() has nobody lost who is counted", () => {
  const { state } = killed([apiserverLatency({ by: "20s", when: "0s", permanent: true })]);
  const { arrived, completed, failed, rejected } =
    state.services["chat"]!.revisions["stable"]!.measured.requests;
  assert.equal(arrived - completed - failed - rejected, state.ended!.inFlight["chat"]);
});
