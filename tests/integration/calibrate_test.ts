// `mtop calibrate` with files on disk: what it reads, prints and saves, and what it says of what it cannot.
import assert from "node:assert/strict";
import { join } from "node:path";
import { calibrate, type CalibrateOptions } from "../../src/cli/calibrate.ts";
import { readMeasurements } from "../../src/cli/calibrate_files.ts";
import { readCalibration } from "../../src/cli/calibration_file.ts";
import { tellError } from "../../src/cli/exit.ts";
import { type AskedFit, fakeFit } from "../unit/calibration/calibration_rig.ts";
import {
  aiperfRecord,
  GUIDELLM,
  recordingText,
  VLLM_DETAILED,
} from "../unit/calibration/formats/fixtures.ts";
import { memoryStore, rig, service } from "../unit/cli/write_rig.ts";
import { inTempDir, mtop, smallScenario } from "./program.ts";

const QWEN: Omit<CalibrateOptions, "output"> = {
  model: "Qwen/Qwen3-32B",
  gpu: "H100-SXM",
  tensorParallelSize: "2",
};

interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly asked: readonly AskedFit[];
}

/** Calls the command with a fit that only says what it was asked. */
async function call(
  files: readonly string[],
  options: Partial<CalibrateOptions>,
  spec?: unknown,
): Promise<Called> {
  const asked: AskedFit[] = [];
  const store = memoryStore(...(spec === undefined ? [] : [service("chat", spec)]));
  const context = { ...rig({ store }), fit: fakeFit(asked) };
  const code = await calibrate(files, { output: "text", ...options }, context)
    .catch((error) => tellError(error, context.console));
  return { code, out: context.stdout(), err: context.stderr(), asked };
}

function write(dir: string, name: string, data: unknown): string {
  const path = join(dir, name);
  Deno.writeTextFileSync(path, typeof data === "string" ? data : JSON.stringify(data));
  return path;
}

Deno.test("calibrate prints what was measured, before and after, and saves it whole", () =>
  inTempDir(async (dir) => {
    const files = ["a.json", "b.json", "c.json"].map((name) => write(dir, name, VLLM_DETAILED));
    const save = join(dir, "deep", "qwen.json");
    const { code, out, err, asked } = await call(files, { ...QWEN, save });
    assert.equal(err, "");
    assert.equal(code, 0);
    assert.match(out, /^Fitted to 3 runs of Qwen\/Qwen3-32B on 2 H100-SXM\n/);
    assert.match(out, /a\.json +TTFT +mean +100ms +-20\.0% +\+2\.0% +\+5\.0%/);
    assert.match(out, /TTFT +20\.0% +2\.0% +5\.0%/);
    assert.match(out, /stepUs +[\d.]+ +1\d{4}\n/);
    // All runs, and each against the others.
    assert.equal(asked.length, 4);
    const saved = readCalibration(save);
    assert.deepEqual(saved.vector.error, { ttftPpm: 50_000, e2ePpm: 50_000, runs: 3 });
    assert.equal(saved.vector.calibration, "calibrated");
    assert.deepEqual(saved.files.map(({ name, runs }) => [name, runs]), [
      ["a.json", 1],
      ["b.json", 1],
      ["c.json", 1],
    ]);
    assert.match(saved.files[0]!.sha256, /^[0-9a-f]{64}$/);
    assert.deepEqual([...Deno.readDirSync(join(dir, "deep"))].map(({ name }) => name), [
      "qwen.json",
    ]);
  }));

Deno.test("calibrate holds the fit against files that it did not see", () =>
  inTempDir(async (dir) => {
    const seen = write(dir, "seen.json", VLLM_DETAILED);
    const unseen = write(dir, "unseen.json", VLLM_DETAILED);
    const options = { ...QWEN, holdOut: [unseen], dryRun: true, output: "json" } as const;
    const { out, asked } = await call([seen], options);
    assert.deepEqual(asked, [{ runs: ["seen.json"], holdOut: ["unseen.json"] }]);
    const { savedIn, unseen: errors, calibration } = JSON.parse(out);
    assert.equal(savedIn, null);
    assert.deepEqual(errors.medianPpm, { ttft: 50_000, e2e: 50_000 });
    assert.deepEqual(calibration.files.map(({ heldOut = false }) => heldOut), [false, true]);
  }));

Deno.test("calibrate says that one run has no error out of sample, and what was assumed", () =>
  inTempDir(async (dir) => {
    const files = [write(dir, "g.json", { ...GUIDELLM, model_id: "x" })];
    const { out, err } = await call(files, { ...QWEN, dryRun: true });
    assert.match(out, /No error out of sample/);
    assert.match(out, /not saved\n$/);
    assert.equal(err, "note: g.json: 1 request failed, and are left out\n");
  }));

Deno.test("calibrate warns of another model's files, and tells runs of the same name apart", () =>
  inTempDir(async (dir) => {
    Deno.mkdirSync(join(dir, "x"));
    const first = write(dir, "a.json", VLLM_DETAILED);
    const second = write(dir, "x/a.json", { ...VLLM_DETAILED, model_id: "Qwen/Qwen3-8B" });
    const { err, asked } = await call([first, second], { ...QWEN, dryRun: true });
    assert.match(err, /^warning: a\.json: its model is called "Qwen\/Qwen3-8B", not /);
    assert.deepEqual(asked[0]!.runs, ["a.json", "a.json (2)"]);
  }));

Deno.test("calibrate takes the flags of a service", () =>
  inTempDir(async (dir) => {
    const file = write(dir, "a.json", VLLM_DETAILED);
    const spec = {
      model: { uri: "hf://Qwen/Qwen3-32B" },
      parallelism: { tensor: 4 },
      template: { containers: [{ name: "main", args: ["--max-num-seqs=64"] }] },
    };
    const options = { service: "chat", gpu: "H100-SXM", dryRun: true, output: "json" } as const;
    const { out } = await call([file], options, spec);
    assert.equal(JSON.parse(out).tensorParallel, 4);
    const both = await call([file], { ...options, maxNumSeqs: "8" }, spec);
    assert.equal(
      both.err,
      "error: Cannot take --max-num-seqs beside --service: the service's own flags count\n",
    );
  }));

Deno.test("calibrate says in one sentence what it cannot use, and exits with 1", () =>
  inTempDir(async (dir) => {
    const good = write(dir, "good.json", VLLM_DETAILED);
    const bad = write(dir, "bad.json", "{");
    const cases: [string[], Partial<CalibrateOptions>, RegExp][] = [
      [[join(dir, "none.json")], QWEN, /^error: Cannot read ".*none\.json": no such file\n$/],
      [[dir], QWEN, /: it is a folder\n$/],
      [[bad], QWEN, /bad\.json": it is no whole JSON/],
      [[good, good], QWEN, /Cannot take ".*good\.json" twice\n$/],
      [[good], { ...QWEN, holdOut: [good] }, /twice\n$/],
      [[good], {}, /Cannot tell which GPU was measured: add --gpu/],
      [[good], { gpu: "H100-SXM" }, /Cannot tell which engine was measured: add --model/],
      [[good], { ...QWEN, gpu: "H100" }, /Cannot use the GPU "H100": /],
      [[good], { ...QWEN, model: "Qwen/Qwen3-32" }, /did you mean "qwen\/qwen3-32b"\?/],
      [[good], { ...QWEN, service: "chat" }, /Cannot take the flags of both/],
      [[good], { gpu: "L4", service: "nobody" }, /llminferenceservices.* "nobody" not found/],
      [[good], { ...QWEN, tensorParallelSize: "3" }, /must be divisible by tensor parallel size/],
      [[good], { ...QWEN, tensorParallelSize: "x" }, /--tensor-parallel-size.*"x" is not a whole/],
      [
        [good],
        { ...QWEN, gpu: "L4", tensorParallelSize: "1" },
        /on L4, where .*: torch\.OutOfMemoryError/,
      ],
      [[good], { ...QWEN, numGpuBlocks: "-1" }, /--num-gpu-blocks: "-1" is not a whole number/],
      [[good], { ...QWEN, quantization: "awq" }, /--quantization awq is not for weights in bf16/],
      [[good], { ...QWEN, save: join(good, "x.json") }, /Cannot save the calibration/],
    ];
    for (const [files, options, pattern] of cases) {
      const { code, out, err } = await call(files, options);
      assert.match(err, pattern);
      assert.equal(err.trimEnd().split("\n").length, 1, err);
      assert.equal(code, 1);
      assert.equal(out, "");
    }
  }));

Deno.test("readCalibration() says of a file that was cut that it is no whole JSON", () =>
  inTempDir(async (dir) => {
    const file = write(dir, "a.json", VLLM_DETAILED);
    const save = join(dir, "c.json");
    await call([file], { ...QWEN, save });
    Deno.writeTextFileSync(save, Deno.readTextFileSync(save).slice(0, -40));
    assert.throws(() => readCalibration(save), /Cannot read the calibration ".*": it is no whole/);
    assert.throws(
      () => readCalibration(file),
      /this is no calibration, as mtop calibrate saves it/,
    );
  }));

Deno.test("calibrate reads recordings of mtop and records of AIPerf, plain text both", () =>
  inTempDir(async (dir) => {
    const files = [
      write(dir, "night.jsonl", recordingText([{}, { arrivedUs: 500_000 }])),
      write(
        dir,
        "profile_export.jsonl",
        [0, 900].map((ms) => JSON.stringify(aiperfRecord(ms, 50)))
          .join("\n"),
      ),
    ];
    const { asked, code } = await call(files, { ...QWEN, dryRun: true });
    assert.equal(code, 0);
    assert.deepEqual(asked[0]!.runs, ["night.jsonl chat/chat-0", "profile_export.jsonl"]);
  }));

Deno.test("calibrate reads a compressed recording, a run for each pod", () =>
  inTempDir(async (dir) => {
    write(dir, "small.ts", smallScenario({ expect: "[]" }));
    const record = ["--record", "run.jsonl.zst", "--record-requests", "-q"];
    const run = await mtop(["run", "small.ts", ...record], { cwd: dir });
    assert.equal(run.code, 0, run.stderr);
    const path = join(dir, "run.jsonl.zst");
    const { runs } = await readMeasurements(path);
    assert.equal(runs.length, 1);
    const [{ id, workload, measured, notes } = assert.fail()] = runs;
    assert.match(id, /^run\.jsonl\.zst llama-3-70b\/llama-3-70b-kserve-/);
    assert.deepEqual(notes, []);
    assert.ok(workload.requests.length > 200);
    assert.ok(workload.requests.every((each) => each.promptTokens === 200));
    assert.ok(measured.ttftMs!.mean! > 0 && measured.e2eMs!.mean! > measured.ttftMs!.mean!);
    Deno.writeFileSync(path, Deno.readFileSync(path).subarray(0, 40));
    const { code, err } = await call([path], { ...QWEN, dryRun: true });
    assert.equal(code, 1);
    assert.match(err, /^error: [^\n]*run\.jsonl\.zst[^\n]*\n$/);
  }));

Deno.test("mtop run --calibration runs with it, says its error, records it, and verifies", () =>
  inTempDir(async (dir) => {
    const files = ["a.json", "b.json", "c.json"].map((name) => write(dir, name, VLLM_DETAILED));
    const save = join(dir, "c.json");
    const model = "meta-llama/Llama-3.1-70B-Instruct";
    await call(files, { ...QWEN, model, tensorParallelSize: "4", save });
    write(dir, "small.ts", smallScenario());
    const args = ["run", "small.ts", "--calibration", "c.json", "--record", "run.jsonl"];
    const { code, stdout, stderr } = await mtop(args, { cwd: dir });
    assert.equal(code, 0, stderr);
    assert.match(stdout, / {2}llama-3-70b, calibrated \(E2E ±5%, TTFT ±5%\)\n/);
    const verified = await mtop(["verify", "run.jsonl"], { cwd: dir });
    assert.equal(verified.code, 0, verified.stderr);
    const broken = await mtop(["run", "small.ts", "--calibration", "a.json"], { cwd: dir });
    assert.equal(broken.code, 1);
    assert.match(
      broken.stderr,
      /Cannot read the calibration "a\.json": kind: this is no calibration/,
    );
  }));
