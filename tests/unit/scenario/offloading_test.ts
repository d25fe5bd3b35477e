// KV-cache offloading as services ask for it, and a fleet in which a prompt comes back from the host.
import assert from "node:assert/strict";
import { engineLimits } from "../../../src/fleet/engine_limits.ts";
import { llmInferenceServiceSchema } from "../../../src/kube/llm_inference_service.ts";
import { servingOf } from "../../../src/scenario/services.ts";
import { findGpu } from "../../../src/serving/gpus.ts";
import { hostLink } from "../../../src/serving/links.ts";
import { physicalStepTime } from "../../../src/serving/step_time.ts";
import { llm, SECOND, smallFleet } from "../fleet/small_fleet.ts";
import { transferUs } from "../serving/formulas.ts";
import { run, smallScenario } from "./small_run.ts";

const H100 = findGpu("H100-SXM")!;
const GIB = 2 ** 30;
/** Llama 3.1 8B: 16 tokens, 32 layers, keys and values of 8 heads of 128 numbers of 2 bytes. */
const BLOCK_BYTES = 16 * 32 * 2 * 8 * 128 * 2;

function read(args: readonly string[], spec: Readonly<Record<string, unknown>> = {}) {
  const service = llm("chat", { args });
  const parsed = llmInferenceServiceSchema.parse({
    ...service,
    spec: { ...service.spec, ...spec },
  });
  const { serving, problems } = servingOf(parsed, (field) => field);
  return { serving, problems: problems.map(({ path, message }) => [path, message]) };
}

function offloadBlocks(args: readonly string[], spec: Readonly<Record<string, unknown>> = {}) {
  const limits = engineLimits(read(args, spec).serving!, H100);
  return "cannotStart" in limits ? assert.fail(limits.cannotStart) : limits.offloadBlocks;
}

Deno.test("servingOf() reads host memory from the flag in GiB, and KServe's field before it", () => {
  assert.equal(read([]).serving?.offloadBytes, undefined);
  assert.equal(read(["--kv-offloading-size=0.5"]).serving?.offloadBytes, GIB / 2);
  const native = ["--kv-offloading-size", "8", "--kv-offloading-backend", "native"];
  assert.equal(read(native).serving?.offloadBytes, 8 * GIB);
  const bytes = (cpu: unknown) => {
    const kvCacheOffloading = { cpu, evictionPolicy: "lru" };
    return read(["--kv-offloading-size=8"], { kvCacheOffloading }).serving?.offloadBytes;
  };
  assert.deepEqual(["10Gi", "1.5G", "512Mi", 4096].map(bytes), [10 * GIB, 1.5e9, GIB / 2, 4096]);
});

Deno.test("servingOf() refuses offloading that it cannot read or that is not modelled", () => {
  const flag = (...args: string[]) => read(args).problems;
  assert.deepEqual(flag("--kv-offloading-size=0"), [[
    "spec.template.containers",
    'Cannot read --kv-offloading-size of "chat": "0" is not a number above 0',
  ]]);
  assert.match(
    flag("--kv-offloading-size=1", "--kv-offloading-backend=lmcache")[0]![1]!,
    /native$/,
  );
  assert.match(
    flag("--kv-offloading-size=1", "--no-enable-prefix-caching")[0]![1]!,
    /offloading without prefix caching is not modelled yet$/,
  );
  const field = (kvCacheOffloading: unknown) => read([], { kvCacheOffloading }).problems;
  assert.deepEqual(field({}), [[
    "spec.kvCacheOffloading",
    "spec.kvCacheOffloading.cpu: Required value",
  ]]);
  for (const cpu of ["0", "-1Gi", "10GiB", "much", true]) {
    assert.deepEqual(field({ cpu }), [[
      "spec.kvCacheOffloading.cpu",
      `Cannot read "${cpu}" as memory above 0, such as 10Gi`,
    ]]);
  }
  assert.equal(
    field({ cpu: "1Gi", evictionPolicy: "arc" })[0]![0]!.split(".").at(-1),
    "evictionPolicy",
  );
  const secondary = [{ fileSystem: { emptyDir: { size: "1Ti" } } }];
  assert.match(field({ cpu: "1Gi", secondary })[0]![1]!, /beyond the host's memory/);
  const prefill = { template: { containers: [{ name: "main" }] } };
  assert.match(
    read(["--kv-offloading-size=1"], { prefill }).problems[0]![1]!,
    /offloading with prefill\/decode is not modelled yet$/,
  );
});

Deno.test("engineLimits() has as many blocks as fit the host's memory, copies of heads counted", () => {
  const args = ["--kv-offloading-size=10"];
  assert.equal(offloadBlocks([]), undefined);
  assert.equal(offloadBlocks(args), 10 * GIB / BLOCK_BYTES);
  assert.equal(offloadBlocks(args, { parallelism: { tensor: 2 } }), 10 * GIB / BLOCK_BYTES);
  // Eight KV heads on sixteen GPUs: each is there twice.
  assert.equal(offloadBlocks(args, { parallelism: { tensor: 16 } }), 5 * GIB / BLOCK_BYTES);
  const half = offloadBlocks([...args, "--kv-cache-dtype=fp8"]);
  assert.equal(half, 20 * GIB / BLOCK_BYTES);
});

Deno.test("Fleet() fetches an evicted prompt over the GPU's host link, faster than computing it", () => {
  // The GPU's cache holds little more than one prompt of 8,000 tokens.
  const args = ["--gpu-memory-utilization=0.25", "--max-model-len=8192"];
  const tokens = (blocks: number) => ({ ids: [blocks], ends: [8000] });
  const times = [[], ["--kv-offloading-size=20"]].map((more) => {
    const { clock, fleet } = smallFleet({
      nodes: [{ count: 1, gpus: "1xH100-SXM" }],
      services: [llm("chat", { args: [...args, ...more] })],
    });
    const engine = fleet.pods()[0]!.engine!;
    const begin = clock.nowUs;
    const count = Math.ceil(engine.kvBlocks / 500) + 1;
    // As many prompts as push the first one out, then the first again.
    for (let index = 0; index <= count; index++) {
      clock.at(begin + index * 10 * SECOND, () => {
        fleet.submit("chat", 8010, 1, {}, { content: tokens(index === count ? 0 : index) });
      });
    }
    clock.runUntil(begin + count * 10 * SECOND - 1);
    const told = fleet.inFlight()["chat"];
    assert.equal(told, 0);
    const again = begin + count * 10 * SECOND;
    let us = again;
    do clock.runUntil(us += 500); while (fleet.inFlight()["chat"]! > 0);
    return us - again;
  });
  const [computed, fetched] = times as [number, number];
  const { admissionUs, admissionTokenUs } = physicalStepTime({ ...read(args).serving!, gpu: H100 });
  const seenUs = admissionUs + admissionTokenUs * 8010;
  const least = seenUs + transferUs(hostLink(H100), 500 * BLOCK_BYTES);
  assert.ok(fetched > least && fetched < least + 20_000, `${fetched} of ${least}`);
  assert.ok(fetched < computed / 2, `${fetched} against ${computed}`);
});

Deno.test("Simulation() is the same with offloading where prompts share nothing", () => {
  const measured = (args: readonly string[]) => {
    const services = [llm("chat", { args })];
    const { of } = run(smallScenario({ duration: "1m", services }));
    // A flag more is another pod template, and so are the names.
    return of("window").map(({ pods: { name: _, ...columns }, ...window }) => ({
      ...window,
      columns,
    }));
  };
  assert.deepEqual(measured(["--kv-offloading-size=10"]), measured([]));
});
