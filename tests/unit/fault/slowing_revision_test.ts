import assert from "node:assert/strict";
import { canary, pause, podKill, pods, rolling, setWeight, slowingRevision } from "mtop";
import type { Percent } from "mtop";
import { faultProblems, hit } from "./fault_rig.ts";

const slow = (by: Percent, more: object = {}) =>
  slowingRevision({ service: "chat", by, when: "0s", permanent: true, ...more });

/** One request at a time: a batch does not grow because its steps are slow. */
const ALONE = {
  ...{ kind: "constant", name: "users", to: "chat", rps: 0.1 },
  ...{ prompt: { kind: "fixed", tokens: 200 }, output: { kind: "fixed", tokens: 200 } },
};

function itl(
  faults: readonly unknown[],
  fields: Readonly<Record<string, unknown>> = {},
  service = "chat",
): number {
  return hit(faults, { load: [ALONE], ...fields }).metrics(service).itlMs!.mean;
}

const usual = itl([]);
const near = (got: number, want: number) =>
  assert.ok(Math.abs(got / want - 1) < 0.03, `${got} ms, not ${want} ms`);

Deno.test("slowingRevision makes every step longer: the gap between tokens by as much, the first token too", () => {
  near(itl([slow("30%")]), 1.3 * usual);
  near(itl([slow("300%")]), 4 * usual);
  const ttft = (faults: readonly unknown[]) => hit(faults).metrics().ttftMs!.mean;
  assert.ok(ttft([slow("100%")]) > 1.5 * ttft([]));
});

Deno.test("slowingRevision comes over a time, evenly, and stays until its end", () => {
  // From 1 to 2 in 10 minutes, and so is the run: 1.5 on average.
  near(itl([slow("100%", { over: "10m" })]), 1.5 * usual);
  const half = slowingRevision({ service: "chat", by: "100%", when: "0s", for: "5m" });
  near(itl([half]), 1.5 * usual);
});

Deno.test("slowingRevision of several at once is the product of them", () => {
  near(itl([slow("50%", { name: "a" }), slow("50%", { name: "b" })]), 2.25 * usual);
});

Deno.test("slowingRevision of a canary slows its pods, which start meanwhile, and not stable's", () => {
  const rollouts = [canary("chat", {
    ...{ at: "10s", to: { image: "vllm:2" }, steps: [setWeight(50), pause()] },
  })];
  const { revisions } = hit([slow("100%", { of: "canary" })], {
    ...{ duration: "15m", load: [ALONE], rollouts },
  }).service();
  near(revisions["stable"]!.itlMs!.mean, usual);
  near(revisions["canary"]!.itlMs!.mean, 2 * usual);
});

Deno.test("slowingRevision of an image goes with it through a rolling update, and not to other pods", () => {
  const rollouts = [rolling("chat", { at: "10s", to: { image: "vllm:2" } })];
  const other = itl([slow("100%", { image: "vllm:2" })]);
  near(other, usual);
  const updated = itl([slow("100%", { image: "vllm:2" })], { duration: "30m", rollouts });
  assert.ok(updated > 1.5 * usual, `${updated} ms, ${usual} ms`);
  const killed = podKill({ on: pods({ service: "chat" }).first(), when: "1m" });
  near(itl([slow("100%"), killed], { duration: "15m" }), 2 * usual);
});

Deno.test("slowingRevision takes a share", () => {
  const fault = { ...slow("5%"), by: "a lot" };
  assert.deepEqual(faultProblems(fault), {
    "faults[0].by": 'Invalid share "a lot": write more than 0% and at most 900%, such as "5%"',
  });
});
