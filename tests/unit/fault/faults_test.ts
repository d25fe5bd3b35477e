import assert from "node:assert/strict";
import { faultSchema } from "../../../src/fault/faults.ts";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { run, smallScenario } from "../scenario/small_run.ts";

const xid = (on: object, when: unknown = "2m") => ({
  kind: "gpu-xid",
  name: "xid79",
  xid: 79,
  on: { kind: "pods", ...on },
  when,
});
const loss = (on: object, end: object, when: unknown = "2m") => ({
  kind: "node-loss",
  name: "loss",
  on: { kind: "nodes", ...on },
  when,
  ...end,
});

/** Three nodes of 4 GPUs with two pods each. */
function hit(...faults: readonly unknown[]) {
  return run(smallScenario({
    cluster: { nodes: [{ count: 3, gpus: "4xH100-SXM" }] },
    services: [llm("chat", { replicas: 6 })],
    faults,
  }));
}

function allocatable({ state }: ReturnType<typeof hit>): number[] {
  return Object.values(state.objects).filter(({ kind }) => kind === "Node").map(({ status }) =>
    Number((status!["allocatable"] as Record<string, string>)["nvidia.com/gpu"])
  );
}

Deno.test("gpuXid takes one GPU of each pod for good, and drains its node a minute later", () => {
  const result = hit(xid({ mode: "first" }));
  const [begun] = result.of("fault");
  assert.equal(begun!.at, 120 * SECOND);
  assert.equal(begun!.targets.length, 1);
  assert.match(begun!.targets[0]!, / on node-1 GPU 0$/);
  assert.deepEqual(allocatable(result), [3, 4, 4]);
  const reasons = (reason: string) => result.of("event").filter((event) => event.reason === reason);
  assert.deepEqual(reasons("XidCriticalError").map(({ at, object }) => [at / SECOND, object]), [
    [120, "Node//node-1"],
  ]);
  assert.deepEqual(reasons("NodeDrain").map(({ at }) => at / SECOND), [180]);
  assert.equal(reasons("Killing").length, 2, "both pods of the node leave");
  const { spec } = result.state.objects["/Node//node-1"]!;
  assert.equal(spec!["unschedulable"], true);
});

Deno.test("gpuXid drains a node once, though two of its GPUs failed", () => {
  const result = hit(xid({ mode: "all" }));
  const drains = result.of("event").filter(({ reason }) => reason === "NodeDrain");
  assert.deepEqual(drains.map(({ object }) => object), [
    ...["Node//node-1", "Node//node-2", "Node//node-3"],
  ]);
  assert.deepEqual(allocatable(result), [2, 2, 2]);
});

Deno.test("gpuXid says so when no pod matched, and hits nobody", () => {
  const none = run(smallScenario({
    services: [llm("chat", { replicas: 0 })],
    faults: [xid({ mode: "all" })],
  }));
  const [{ message, targets } = assert.fail()] = none.of("fault");
  assert.match(message, /no pod matched$/);
  assert.deepEqual(targets, []);
});

Deno.test("startFault() begins at time 0 when it says so", () => {
  assert.equal(hit(xid({ mode: "first" }, "0s")).of("fault")[0]!.at, 0);
});

Deno.test("startFault() begins after another fault, and at a step that is a pause", () => {
  const after = { kind: "after", fault: { ref: "xid79" }, delay: "30s" };
  const chained = hit(xid({ mode: "first" }), loss({ mode: "first" }, { for: "1m" }, after));
  assert.equal(chained.of("fault")[1]!.at, 150 * SECOND);

  const { of } = run(smallScenario({
    rollouts: [{
      ...{ kind: "canary", service: "chat", at: "1m", to: { image: "vllm:2" } },
      steps: [{ kind: "setWeight", weight: 50 }, { kind: "pause", duration: "1m" }],
    }],
    faults: [xid({ mode: "all", of: "canary" }, { kind: "atStep", step: 1, after: "10s" })],
  }));
  const step = of("step").find((event) => event.step === 1)!;
  const [begun] = of("fault");
  assert.equal(begun!.at, step.at + 10 * SECOND);
  assert.equal(begun!.targets.length, 1);
});

Deno.test("faultSchema knows the Xids that are modelled", () => {
  const issues = (fault: unknown) =>
    faultSchema.safeParse(fault).error?.issues.map(({ path, message }) => [path[0], message]);
  assert.equal(issues(xid({ mode: "first" })), undefined);
  assert.deepEqual(issues({ ...xid({ mode: "first" }), xid: 12 }), [
    [
      "xid",
      "Xid 12 is not modelled: the known ones are 13, 31, 43, 48, 63, 64, 74, 79, 92, 94, 95, 119",
    ],
  ]);
});

Deno.test("faultSchema wants a lost node to say how it ends, once", () => {
  const valid = (end: object) => faultSchema.safeParse(loss({ mode: "first" }, end)).success;
  assert.deepEqual([{ for: "1m" }, { permanent: true }].map(valid), [true, true]);
  assert.deepEqual([{}, { for: "1m", permanent: true }, { permanent: false }].map(valid), [
    ...[false, false, false],
  ]);
});
