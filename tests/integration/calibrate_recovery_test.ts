// `mtop calibrate` from end to end: of an engine whose coefficients are known, it finds the figures again.
import assert from "node:assert/strict";
import { join } from "node:path";
import { calibration } from "../unit/calibration/calibration_rig.ts";
import { inTempDir, mtop, smallScenario } from "./program.ts";

const LLAMA = {
  ...calibration({ stepUs: 4000, layerUs: 60, weights: 1.9, compute: 3 }),
  model: "meta-llama/Llama-3.3-70B-Instruct",
  tensorParallel: 4,
};
const FLAGS = ["--model", LLAMA.model, "--gpu", "H100-SXM", "--tensor-parallel-size", "4"];

/** A recording of the engine under a load of so many requests a second. */
async function recording(dir: string, rps: number, lengths: string): Promise<string> {
  const load = `[poisson("chat", { to: "llama-3-70b", rps: ${rps}, ${lengths} })]`;
  Deno.writeTextFileSync(join(dir, `${rps}.ts`), smallScenario({ load, expect: "[]" }));
  const args = ["run", `${rps}.ts`, "--calibration", "llama.json", "-q"];
  const record = ["--record", `${rps}.jsonl.zst`, "--record-requests"];
  const { code, stderr } = await mtop([...args, ...record], { cwd: dir });
  assert.equal(code, 0, stderr);
  return `${rps}.jsonl.zst`;
}

Deno.test("calibrate finds the figures of an engine with other coefficients again", () =>
  inTempDir(async (dir) => {
    Deno.writeTextFileSync(join(dir, "llama.json"), JSON.stringify(LLAMA));
    const files = await Promise.all([
      recording(dir, 1, "prompt: fixed(200), output: fixed(60)"),
      recording(dir, 5, "prompt: fixed(600), output: fixed(30)"),
      recording(dir, 3, "prompt: fixed(1500), output: fixed(120)"),
    ]);
    const args = ["calibrate", ...files, ...FLAGS, "--save", "mine.json", "-o", "json"];
    const { code, stdout, stderr } = await mtop(args, { cwd: dir });
    assert.equal(code, 0, stderr);
    const { before, after, unseen } = JSON.parse(stdout);
    for (const metric of ["ttft", "tpot", "e2e"]) {
      assert.ok(
        before.medianPpm[metric] > 100_000,
        `${metric} before: ${before.medianPpm[metric]}`,
      );
      assert.ok(after.medianPpm[metric] < 20_000, `${metric} after: ${after.medianPpm[metric]}`);
      assert.ok(unseen.medianPpm[metric] < 50_000, `${metric} unseen: ${unseen.medianPpm[metric]}`);
    }
    // What was saved serves the scenario again.
    const again = ["run", "5.ts", "--calibration", "mine.json"];
    const { stdout: text } = await mtop(again, { cwd: dir });
    assert.match(text, /llama-3-70b, calibrated \(E2E ±[\d.]+%, TTFT ±[\d.]+%, TPOT ±[\d.]+%\)/);
  }));
