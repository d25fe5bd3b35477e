// Services with a prefill workload: read as two servers, and the mock one of them run by formula.
import assert from "node:assert/strict";
import MOCK from "../../../mocks/crs/search-qwen3-32b-pd.json" with { type: "json" };
import { Fleet } from "../../../src/fleet/fleet.ts";
import { Journal } from "../../../src/fleet/journal.ts";
import { llmInferenceServiceSchema } from "../../../src/kube/llm_inference_service.ts";
import { plan } from "../../../src/scenario/plan.ts";
import { servingOf } from "../../../src/scenario/services.ts";
import { findGpu } from "../../../src/serving/gpus.ts";
import { kvBytesPerBlockOfGpu, networkLink } from "../../../src/serving/links.ts";
import { Clock } from "../../../src/sim/clock.ts";
import { Streams } from "../../../src/sim/streams.ts";
import { transferUs } from "../serving/formulas.ts";

interface Changes {
  readonly args?: readonly string[];
  readonly tensor?: number;
  readonly data?: number;
  readonly worker?: object;
}

function workload({ args = [], tensor = 1, data, worker }: Changes) {
  return {
    replicas: 1,
    parallelism: { tensor, ...(data !== undefined && { data }) },
    template: { containers: [{ name: "main", args: [...args] }] },
    ...(worker && { worker }),
  };
}

function read(decode: Changes, prefill: Changes, uri = "hf://meta-llama/Llama-3.1-8B") {
  const service = llmInferenceServiceSchema.parse({
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name: "chat" },
    spec: { model: { uri }, ...workload(decode), prefill: workload(prefill) },
  });
  return servingOf(service, (field) => field);
}

Deno.test("servingOf() reads flags and parallelism of prefill apart from those of decode", () => {
  const { serving, prefill, problems } = read(
    { tensor: 4, args: ["--max-num-seqs=64"] },
    { tensor: 2, args: ["--max-num-batched-tokens=16384"] },
  );
  assert.deepEqual(problems, []);
  assert.deepEqual([serving?.tensorParallel, prefill?.tensorParallel], [4, 2]);
  assert.deepEqual([serving?.maxNumSeqs, prefill?.maxNumSeqs], [64, undefined]);
  assert.deepEqual(
    [serving?.maxNumBatchedTokens, prefill?.maxNumBatchedTokens],
    [undefined, 16_384],
  );
});

Deno.test("servingOf() says where in spec.prefill a problem is, and one of the model once", () => {
  assert.deepEqual(read({}, { tensor: 3 }).problems.map(({ path }) => path), [
    "spec.prefill.parallelism.tensor",
  ]);
  const unknown = read({}, {}, "hf://nobody/knows").problems;
  assert.deepEqual(unknown.map(({ path }) => path), ["spec.model"]);
});

Deno.test("servingOf() refuses prefill that cannot be simulated together with decode", () => {
  const data = read({}, { data: 2 });
  assert.deepEqual(data.problems.map(({ path }) => path), ["spec.prefill.parallelism.data"]);
  const dtype = read({}, { args: ["--kv-cache-dtype=fp8"] });
  assert.deepEqual(dtype.problems.map(({ path }) => path), ["spec.prefill.template.containers"]);
  assert.equal(dtype.serving, undefined);
  const same = ["--kv-cache-dtype=fp8"];
  assert.deepEqual(read({ args: same }, { args: same }).problems, []);
});

Deno.test("Fleet hands the mock P/D service's prompts over as fast as an A100's network is", () => {
  const planned = plan({
    kind: "scenario",
    name: "small",
    duration: "1h",
    cluster: { nodes: [{ count: 1, gpus: "8xA100-SXM-80GB" }] },
    services: [{ ...MOCK, spec: withoutSelectors(MOCK.spec) }],
    load: [],
  });
  if ("problems" in planned) assert.fail(JSON.stringify(planned.problems));
  const { nodes, services } = planned;
  const clock = new Clock();
  const rows: { readonly outcome: string; readonly queueUs?: number; readonly pod?: string }[] = [];
  const journal = new Journal(clock, (event) => {
    if (event.kind === "request") rows.push(event);
  });
  const fleetPlan = { nodes, services, warmupUs: 0, recordRequests: true };
  const fleet = new Fleet(fleetPlan, clock, new Streams(1), journal);
  const { name, serving } = services[0]!;
  // One after the other: alone on the link.
  for (const atUs of [0, 60_000_000]) clock.at(atUs, () => fleet.submit(name, 4000, 30));
  // Given up after 1 s, while it is computed: it is told of the prefill pod.
  clock.at(120_000_000, () => fleet.submit(name, 40_000, 30, { timeoutUs: 1_000_000 }));
  clock.runUntil(300_000_000);
  const bytes = 4000 / 16 * kvBytesPerBlockOfGpu(serving!.model, 2);
  const queueUs = transferUs(networkLink(findGpu("A100-SXM-80GB")!), bytes);
  assert.deepEqual(
    rows.map(({ outcome, queueUs }) => [outcome, queueUs]),
    [["completed", queueUs], ["completed", queueUs], ["failed", 0]],
  );
  assert.match(rows[0]!.pod!, /^qwen3-32b-pd-kserve-(?!prefill)/);
  assert.match(rows[2]!.pod!, /^qwen3-32b-pd-kserve-prefill-/);
});

/** The mock's nodes say by label which GPUs they have; these do not. */
function withoutSelectors(spec: typeof MOCK.spec) {
  const { containers } = spec.template;
  const prefill = { ...spec.prefill, template: { containers: spec.prefill.template.containers } };
  return { ...spec, template: { containers }, prefill };
}
