import assert from "node:assert/strict";
import { faultSchema } from "../../../src/fault/faults.ts";
import { llm } from "../fleet/small_fleet.ts";
import { problems, run, smallScenario } from "../scenario/small_run.ts";
import { disaggregated, PROMPTS } from "./prefill_rig.ts";
import { H100, LARGE, lonely, SMALL, ttfts, ttftUs } from "./step_time_rig.ts";

const throttled = (fields: object = {}) => ({
  kind: "gpu-throttled",
  by: "30%",
  on: { kind: "pods", mode: "all" },
  when: "1m",
  for: "1m",
  ...fields,
});

const slower = (clock: number) => ({
  ...H100,
  bf16Tflops: H100.bf16Tflops * clock,
  fp8Tflops: H100.fp8Tflops! * clock,
  fp4Tflops: undefined,
});

for (const served of [SMALL, LARGE]) {
  Deno.test(`gpuThrottled by 30% raises the TTFT of ${served.model} as the step model says, and lets it fall again`, () => {
    const { fp4Tflops: _, ...gpu } = slower(1 - 0.3);
    const [before, during] = [ttftUs(served, H100), ttftUs(served, gpu)];
    // Prefill of 4,000 tokens computes most of the time; if it computed all of it, 1 / 0.7 = 1.43.
    assert.ok(during / before > 1.25 && during / before < 1.43, `${during / before}`);
    const { rows } = lonely(served, [throttled()]);
    assert.deepEqual(ttfts(rows, 0, 60), [before]);
    assert.deepEqual(ttfts(rows, 61, 120), [during]);
    assert.deepEqual(ttfts(rows, 121, 240), [before]);
  });
}

Deno.test("gpuThrottled leaves decoding nearly as fast: memory has a clock of its own", () => {
  const decodeUs = (faults: readonly unknown[]) => {
    const rows = lonely(SMALL, faults, 100).rows.filter(({ outcome }) => outcome === "completed");
    const { e2eUs, ttftUs } = rows.at(-2)!;
    return e2eUs! - ttftUs!;
  };
  const [full, low] = [decodeUs([]), decodeUs([throttled({ for: "3m" })])];
  assert.ok(low >= full && low < full * 1.02, `${low} against ${full} µs`);
});

Deno.test("gpuThrottled twice at once leaves the lower clock, and the other one when that is over", () => {
  const { rows } = lonely(SMALL, [
    throttled({ on: { kind: "nodes", mode: "all" }, permanent: true, for: undefined }),
    {
      ...{ kind: "gpu-throttled", by: "50%", on: { kind: "pods", mode: "first" } },
      ...{ when: "90s", for: "1m" },
    },
  ]);
  const { fp4Tflops: _, ...third } = slower(1 - 0.3);
  const { fp4Tflops: __, ...half } = slower(0.5);
  assert.deepEqual(ttfts(rows, 61, 90), [ttftUs(SMALL, third)]);
  assert.deepEqual(ttfts(rows, 91, 150), [ttftUs(SMALL, half)]);
  assert.deepEqual(ttfts(rows, 151, 240), [ttftUs(SMALL, third)]);
});

Deno.test("gpuThrottled on the node of one rank slows that rank, and no other of its server", () => {
  const template = { containers: [{ name: "main", image: "vllm:1" }] };
  const chat = llm("chat");
  const parallelism = { tensor: 1, data: 2, dataLocal: 1 };
  const ranks = (faults: readonly unknown[]) => {
    const { of } = run(
      smallScenario({
        duration: "4m",
        cluster: { nodes: [{ count: 2, gpus: "1xH100-SXM" }] },
        services: [{ ...chat, spec: { ...chat.spec, parallelism, template, worker: template } }],
        // Two at a time, one for each rank.
        load: ["a", "b"].map((name) => ({
          ...{ kind: "constant", name, to: "chat", rps: 0.25 },
          prompt: { kind: "fixed", tokens: 4000 },
          output: { kind: "fixed", tokens: 1 },
        })),
        faults,
      }),
      { recordRequests: true },
    );
    return ttfts(of("request"), 61, 120).sort((a, b) => a - b);
  };
  const [full, ...others] = ranks([]);
  assert.deepEqual(others, []);
  const on = (name: string) => throttled({ on: { kind: "nodes", name, mode: "all" } });
  for (const node of ["node-1", "node-2"]) {
    const [fast, slow, ...rest] = ranks([on(node)]);
    assert.deepEqual([fast, rest], [full, []]);
    assert.ok(slow! > 1.25 * full!, `${slow} against ${full} µs`);
  }
});

Deno.test("gpuThrottled on the pods that prefill raises TTFT, on those that decode next to nothing", () => {
  const medianUs = (faults: readonly unknown[]) => {
    const load = [{ ...PROMPTS, rps: 0.5 }];
    const { of } = run(
      smallScenario({
        duration: "4m",
        cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM" }] },
        services: [disaggregated()],
        ...{ load, faults },
      }),
      { recordRequests: true },
    );
    const all = of("request").flatMap(({ arrivedUs, ttftUs = Infinity }) =>
      arrivedUs > 61e6 && arrivedUs < 120e6 ? [ttftUs] : []
    ).sort((a, b) => a - b);
    return all[all.length >> 1]!;
  };
  const on = (role: string) => throttled({ on: { kind: "pods", role, mode: "all" } });
  const [full, prefill, decode] = [[], [on("prefill")], [on("decode")]].map(medianUs);
  assert.ok(prefill! > 1.15 * full!, `${prefill} against ${full} µs`);
  assert.ok(decode! < 1.02 * full!, `${decode} against ${full} µs`);
});

Deno.test("gpuThrottled names pods and their GPUs, and passes over nodes without any", () => {
  const { of } = run(smallScenario({
    cluster: { nodes: [{ count: 1, gpus: "2xH100-SXM" }, { count: 1 }] },
    services: [llm("chat", { gpus: 2 })],
    faults: [throttled({ on: { kind: "nodes", mode: "all" } }), throttled()],
  }));
  const [nodes, pods] = of("fault").filter(({ phase }) => phase === "begin");
  assert.deepEqual(nodes!.targets, ["node-1 GPUs 0, 1"]);
  assert.match(pods!.targets[0]!, /^chat-kserve-\S+ on node-1 GPUs 0, 1$/);
  assert.equal(nodes!.message, "clocks fall by 30% (SW Thermal Slowdown)");
  const end = of("fault").find(({ phase }) => phase === "end")!;
  assert.equal(end.message, "clocks are back");
});

Deno.test("gpuThrottled wants a share of the clock, and an end", () => {
  for (const by of ["0%", "100%", "130%", "30", "-5%", ""]) {
    const found = problems(smallScenario({ faults: [throttled({ by })] }));
    assert.deepEqual(Object.keys(found), ["faults[0].by"]);
    assert.match(found["faults[0].by"]!, /^Invalid share ".*": write by how much clocks fall/);
  }
  assert.equal(faultSchema.safeParse(throttled({ for: undefined })).success, false);
});

Deno.test("gpuThrottled slows a server that begins on a slow GPU", () => {
  const { rows } = lonely(SMALL, [
    throttled({ on: { kind: "nodes", mode: "all" }, when: "0s", for: "30m" }),
    { kind: "gpu-xid", xid: 13, on: { kind: "pods", mode: "first" }, when: "10s" },
  ]);
  const { fp4Tflops: _, ...gpu } = slower(1 - 0.3);
  const served = rows.filter(({ ttftUs }) => ttftUs !== undefined);
  assert.ok(served.some(({ arrivedUs }) => arrivedUs > 150e6), "it came back");
  assert.deepEqual(ttfts(served, 1, 240), [ttftUs(SMALL, gpu)]);
});
