// `mtop size`: its answer against runs of the sizes beside it.

import assert from "node:assert/strict";
import { inTempDir, mtop, smallScenario, userOfFile } from "./program.ts";

const user = userOfFile();

Deno.test("mtop size finds the fewest replicas: so many keep the limit under every seed, one less does not", () =>
  inTempDir(async (dir) => {
    const load =
      'load: [poisson("chat", { to: "llama-3-70b", rps: 30, prompt: fixed(600), output: fixed(150) })]'
        .slice("load: ".length);
    const cluster = '{ nodes: [{ count: 4, gpus: "8xH100-SXM" }] }';
    await Deno.writeTextFile(`${dir}/small.ts`, smallScenario({ load, cluster, expect: "[]" }));
    const args = ["size", "small.ts", "--itl-p95", "40ms", "--seeds", "2"];
    const { code, stdout, stderr } = await mtop([...args, "-o", "json"], { cwd: dir });
    assert.equal(code, 0, stderr);
    const { answer, trials, margin, nearest } = JSON.parse(stdout);
    assert.ok(answer > 1, `${answer}`);
    const tpot = async (replicas: number) => {
      const values = await Promise.all(["1", "2"].map(async (seed) => {
        const run = await mtop(
          [
            "run",
            "small.ts",
            "--set",
            `services[0].spec.replicas=${replicas}`,
            "--seed",
            seed,
            "-o",
            "json",
          ],
          { cwd: dir },
        );
        return JSON.parse(run.stdout).services["llama-3-70b"].tpotMs.p95;
      }));
      return Math.max(...values);
    };
    const [found, less] = [await tpot(answer), await tpot(answer - 1)];
    assert.ok(found <= 40 && less > 40, `${answer}: ${found}, one less: ${less}`);
    assert.equal(nearest, "itl (tpot) p95");
    assert.ok(Math.abs(margin - (40 - found) / 40) < 1e-9);
    const trial = trials.find(({ value }: { value: number }) => value === answer);
    assert.equal(trial.gpus, 4 * answer);
    const text = await mtop(args, { cwd: dir });
    assert.match(text.stdout, new RegExp(`\\n${answer} replicas, ${4 * answer} GPUs, \\$`));
  }));

Deno.test("mtop size --max-rps finds the highest rate of a mock service, and says that it is uncalibrated", async () => {
  const { code, stdout, stderr } = await user.mtop(
    ...["size", "gpt2", "--max-rps", "--rps", "60", "--ttft-p95", "40ms", "--seeds", "1"],
    ...["--set", "duration=3m"],
  );
  assert.equal(code, 0, stderr);
  const [, answer, fails] = /\n([\d.]+) rps, 1 GPU; nearest is .*\n {2}([\d.]+) rps would not do\n/
    .exec(stdout) ?? [];
  assert.ok(Number(answer) > 0, stdout);
  assert.ok(Number(fails) / Number(answer) <= 1.03, stdout);
  assert.match(stdout, /\n {2}the figures are uncalibrated\n$/);
});

Deno.test("mtop size exits with 99 when not even the largest will do, and says what it lacks with 1", async () => {
  const none = await user.mtop(
    ...["size", "llama-3-70b", "--ttft-p95", "1ms", "--max-replicas", "2", "--seeds", "1"],
    ...["--set", "duration=3m"],
  );
  assert.equal(none.code, 99, none.stderr);
  assert.match(none.stdout, /\nnot even 2 replicas hold\n/);
  const refused = async (words: RegExp, ...args: string[]) => {
    const { code, stdout, stderr } = await user.mtop("size", ...args);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, words);
  };
  await refused(/without an objective: add --ttft-p95 2s, --itl-p95 60ms/, "gpt2");
  await refused(/"nope" not found/, "nope", "--ttft-p95", "1s");
  await refused(/Write a time such as 2s/, "gpt2", "--ttft-p95", "fast");
});
