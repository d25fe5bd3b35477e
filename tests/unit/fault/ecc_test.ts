import assert from "node:assert/strict";
import { llm } from "../fleet/small_fleet.ts";
import { problems, smallScenario } from "../scenario/small_run.ts";
import { faulty } from "./faulty_fleet.ts";

const ecc = (fields: object = {}) => ({
  ...{ kind: "ecc", name: "ecc", errors: "uncorrectable", when: "2m" },
  on: { kind: "pods", mode: "first" },
  ...fields,
});

const hit = (gpus: string, fields: object) =>
  faulty({
    duration: "25m",
    cluster: { nodes: [{ count: 1, gpus }] },
    services: [llm("chat", { args: ["--max-model-len=4096"] })],
    faults: [ecc(fields)],
  });

Deno.test("ecc harms nobody when errors are correctable: a row waits to be remapped", () => {
  const { requests, allocatable, cordoned, of } = hit("4xH100-SXM", { errors: "correctable" });
  assert.equal(requests().failed + requests().rejected, 0);
  assert.deepEqual([allocatable, cordoned], [[3], [false]]);
  assert.match(of("fault")[0]!.message, /^correctable ECC errors, Xid 63: /);
});

Deno.test("ecc kills one process where the GPU contains the error, which starts anew in place", () => {
  const { requests, restarts, told, cordoned, of } = hit("4xH100-SXM", {});
  assert.ok(requests(100, 121).failed > 0);
  assert.deepEqual([restarts, told("NodeDrain"), cordoned], [[1], [], [false]]);
  assert.ok(requests(500).completed > 500);
  assert.match(of("fault")[0]!.message, /Xid 94: .*, Xid 63: /);
});

Deno.test("ecc has the node drained and reset where the GPU cannot contain the error, or did not", () => {
  for (
    const [gpus, fields, number] of [["4xL4", {}, 48], ["4xH100-SXM", { contained: false }, 95]]
  ) {
    const { told, cordoned, allocatable, of } = hit(String(gpus), Object(fields));
    assert.match(of("fault")[0]!.message, new RegExp(`Xid ${number}: `));
    assert.equal(told("NodeDrain").length, 1);
    assert.equal(told("GPUHealthy").length, 1);
    assert.deepEqual([cordoned, allocatable], [[false], [4]]);
  }
});

Deno.test("ecc leaves the GPU as it is where nobody remedies it", () => {
  const { told, allocatable } = hit("4xH100-SXM", { contained: false, remediation: false });
  assert.deepEqual([told("NodeDrain"), allocatable], [[], [3]]);
});

Deno.test("ecc is refused where no node has a GPU that logs Xids", () => {
  const cluster = { nodes: [{ count: 1, gpus: "4xMI300X" }] };
  const found = problems(smallScenario({ cluster, faults: [ecc()] }));
  assert.equal(
    found["faults[0].on"],
    "Cannot damage memory: Xids are NVIDIA's, and all nodes have GPUs of AMD",
  );
});
