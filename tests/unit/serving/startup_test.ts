// Start-up phases against the one cold start that was measured.
import assert from "node:assert/strict";
import { findModel, weightBytes } from "../../../src/serving/models.ts";
import {
  COLD_START,
  DEFAULT_SUPPLY,
  phasesAlone,
  readyAfterUs,
  startupOf,
} from "../../../src/serving/startup.ts";
import { QWEN3_32B } from "./qwen3_32b.ts";
import { isPresent, readText, shared } from "./shared_data.ts";

const SECOND = 1_000_000;
const QWEN = startupOf(weightBytes(QWEN3_32B));
/** Its weights are 61.02 GiB by the architecture and 61.03 by the measurement. */
const NEAR = 50_000;

function near(us: number, seconds: number): void {
  assert.ok(Math.abs(us - seconds * SECOND) <= NEAR, `${us} µs is not ${seconds} s`);
}

Deno.test("phasesAlone() of the measured model are the measured phases, 278 s in all", () => {
  const phases = phasesAlone(QWEN, { ...DEFAULT_SUPPLY, imageStreaming: true });
  assert.equal(phases.pulling, 1_800_000);
  assert.equal(phases.importing, 73 * SECOND);
  near(phases.downloading, 130 - 43.4);
  near(phases.loading, 43.4);
  assert.equal(phases.initialising, 73 * SECOND);
  const all = Object.values(phases).reduce((sum, us) => sum + us);
  assert.equal(Math.round(all / SECOND), 278);
  // The probe's beat counts from the container's start, after download and pull.
  assert.equal(readyAfterUs(phases, QWEN), 190 * SECOND);
});

Deno.test("phasesAlone() pulls 8.91 GB in 69 s where images are not streamed", () => {
  assert.equal(phasesAlone(QWEN).pulling, 69 * SECOND);
});

const MEASURED = shared("data/measured/coldstart_qwen3-32b_h100_vllm0.26.json");

Deno.test({
  name: `COLD_START is what was measured${MEASURED.skipped}`,
  ignore: !isPresent(MEASURED),
  fn: () => {
    const { cold_start_s: seconds } = JSON.parse(readText(MEASURED));
    assert.equal(seconds["image_pull_no_streaming_8.91GB"], COLD_START.pullS);
    assert.equal(seconds.image_pull_streaming, COLD_START.streamingPullS);
    assert.equal(seconds.python_cuda_imports, COLD_START.importS);
    assert.equal(seconds["model_download_and_load_61.03GiB"], COLD_START.fetchAndLoadS);
    assert.equal(seconds.of_which_safetensors_to_vram, COLD_START.loadS);
    assert.equal(seconds.engine_init_profile_kv_cudagraph_warmup, COLD_START.initS);
    assert.equal(seconds.cudagraph_capture, COLD_START.graphsS);
    assert.equal(seconds.scheduled_to_ready, 278);
  },
});

Deno.test("startupOf() downloads and loads in proportion to the weights, in whole µs", () => {
  const bytes = weightBytes(findModel(["meta-llama/llama-3.1-8b"])!);
  const whole = phasesAlone(startupOf(bytes));
  const half = phasesAlone(startupOf(bytes / 2));
  for (const phase of ["downloading", "loading"] as const) {
    assert.ok(Number.isInteger(whole[phase]));
    assert.ok(Math.abs(half[phase] * 2 - whole[phase]) <= 2, phase);
  }
  const { downloading, loading } = whole;
  assert.deepEqual({ ...half, downloading, loading }, whole);
});

Deno.test("startupOf() downloads nothing that a claim or an image holds, but adapters", () => {
  const claim = startupOf(100, { source: { kind: "volume", claim: "default/models" } });
  assert.deepEqual([claim.downloadBytes, claim.claim, claim.loadBytes], [0, "default/models", 100]);
  const source = { kind: "image", reference: "registry/model:1" } as const;
  const image = startupOf(100, { source, adapterBytes: 7 });
  assert.equal(image.downloadBytes, 7);
  assert.deepEqual(image.modelImage, { reference: "registry/model:1", bytes: 100 });
  assert.equal(startupOf(100, { adapterBytes: 7 }).downloadBytes, 107);
});

Deno.test("startupOf() has each pod of a group fetch all and load its part", () => {
  const { downloadBytes, loadBytes } = startupOf(100, { pods: 4 });
  assert.deepEqual([downloadBytes, loadBytes], [100, 25]);
});

Deno.test("startupOf() captures no CUDA graphs of an eager server", () => {
  assert.equal(startupOf(100).initUs - startupOf(100, { eager: true }).initUs, 9 * SECOND);
});

Deno.test("phasesAlone() waits for the slower of a claim and the way into the GPUs", () => {
  const plan = startupOf(DEFAULT_SUPPLY.load * 10, { source: { kind: "volume", claim: "a/b" } });
  assert.equal(phasesAlone(plan).loading, 10 * SECOND);
  const volume = DEFAULT_SUPPLY.load / 2;
  assert.equal(phasesAlone(plan, { ...DEFAULT_SUPPLY, volume }).loading, 20 * SECOND);
  assert.equal(phasesAlone(plan, { ...DEFAULT_SUPPLY, volume: 4 * volume }).loading, 10 * SECOND);
});

Deno.test("phasesAlone() pulls an image that holds the model whole, though images are streamed", () => {
  const source = { kind: "image", reference: "registry/model:1" } as const;
  const plan = startupOf(DEFAULT_SUPPLY.pull * 10, { source });
  assert.ok(Math.abs(phasesAlone(plan).pulling - 79 * SECOND) <= 1);
  const streaming = { ...DEFAULT_SUPPLY, imageStreaming: true };
  assert.ok(Math.abs(phasesAlone(plan, streaming).pulling - 11_800_000) <= 1);
});
