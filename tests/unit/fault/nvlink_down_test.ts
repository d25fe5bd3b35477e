import assert from "node:assert/strict";
import { hostLink } from "../../../src/serving/links.ts";
import { llm } from "../fleet/small_fleet.ts";
import { problems, run, smallScenario } from "../scenario/small_run.ts";
import { H100, LARGE, lonely, SMALL, ttfts, ttftUs } from "./step_time_rig.ts";

const down = (fields: object = {}) => ({
  kind: "nvlink-down",
  on: { kind: "pods", mode: "all" },
  when: "1m",
  for: "1m",
  ...fields,
});

Deno.test("nvlinkDown makes a tensor-parallel group exchange over PCIe as the step model says, until it is back", () => {
  const pcie = { ...H100, linkGBps: hostLink(H100).gigabytesPerSecond };
  const [before, during] = [ttftUs(LARGE, H100), ttftUs(LARGE, pcie)];
  assert.ok(during > before * 1.2, `${during} against ${before} µs`);
  const { rows } = lonely(LARGE, [down()]);
  assert.deepEqual(ttfts(rows, 0, 60), [before]);
  assert.deepEqual(ttfts(rows, 61, 120), [during]);
  assert.deepEqual(ttfts(rows, 121, 240), [before]);
});

Deno.test("nvlinkDown changes nothing for a GPU that works alone", () => {
  const { rows, of } = lonely(SMALL, [down()]);
  assert.deepEqual(ttfts(rows, 0, 240), [ttftUs(SMALL, H100)]);
  assert.deepEqual(of("fault").map(({ phase }) => phase), ["begin", "end"]);
});

Deno.test("nvlinkDown passes over nodes that have none, and is a problem where no node has", () => {
  const nodes = [{ count: 1, gpus: "4xL4" }, { count: 1, gpus: "2xH100-SXM" }];
  const faults = [down({ on: { kind: "nodes", mode: "all" } })];
  const services = [llm("chat", { gpus: 2 })];
  const { of } = run(smallScenario({ cluster: { nodes }, services, faults }));
  assert.deepEqual(of("fault")[0]!.targets, ["node-2 GPUs 0, 1"]);
  const cluster = { nodes: [{ count: 1, gpus: "4xL4" }, { count: 1, gpus: "2xMI300X" }] };
  assert.deepEqual(problems(smallScenario({ cluster, services, faults })), {
    "faults[0].kind": "Cannot take NVLink down: no node has it, only L4, MI300X",
  });
});
