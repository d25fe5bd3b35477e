// `mtop size`: its answer against runs of the sizes beside it.

import assert from "node:assert/strict";
import { assertGolden } from "../golden/golden.ts";
import { inTempDir, mtop, smallScenario, userOfFile } from "./program.ts";
import { root } from "./root.ts";

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
  const [, answer, fails] =
    /\n([\d.]+) rps with 1 replica, 1 GPU; nearest is .*\n {2}([\d.]+) rps would not do: ttft p95 /
      .exec(stdout) ?? [];
  assert.ok(Number(answer) > 0, stdout);
  assert.ok(Number(fails) / Number(answer) <= 1.03, stdout);
  assert.match(stdout, /\n {2}the figures are uncalibrated\n$/);
});

/** The P/D service of the library for three minutes: how both roles come to what they are. */
const APART = [
  ...["size", "scenarios/pd-mismatch.ts", "--set", "duration=3m", "--set", "expect=[]"],
  ...["--set", 'cluster.nodes[0].gpus="8xH100-SXM"'],
];

Deno.test("mtop size varies prefill and decode replicas together: no fewer GPUs hold, as every pair tells", async () => {
  const args = [...APART, "--seeds", "1", "--ttft-p95", "1200ms", "--itl-p95", "9ms"];
  const { code, stdout, stderr } = await mtop(args);
  assert.equal(code, 0, stderr);
  assertGolden("size-pd.txt", stdout);
  const json = await mtop([...args, "-o", "json"]);
  const { best, trials } = JSON.parse(json.stdout);
  const fewer = [];
  for (let replicas = 1; replicas < best.gpus; replicas++) {
    for (let prefill = 1; replicas + prefill < best.gpus; prefill++) {
      fewer.push([replicas, prefill]);
    }
  }
  const set = ([replicas, prefill]: number[]) => [
    ...["--set", `services[0].spec.replicas=${replicas}`],
    ...["--set", `services[0].spec.prefill.replicas=${prefill}`],
  ];
  for (const pair of fewer) {
    const run = await mtop(["run", ...APART.slice(1), ...set(pair), "--seed", "1", "-o", "json"]);
    const { ttftMs, tpotMs } = JSON.parse(run.stdout).services["llama-3-1-8b"];
    assert.ok(ttftMs.p95 > 1200 || tpotMs.p95 > 9, `${pair}: ${ttftMs.p95} ${tpotMs.p95}`);
  }
  assert.ok(trials.length < 14, `${trials.length} of 49 pairs were tried`);
});

Deno.test("mtop size --max-rps --gpus finds the split of the GPUs that bears most", async () => {
  const args = [...APART, "--max-rps", "--gpus", "4", "--seeds", "1", "--plot"];
  const { code, stdout, stderr } = await mtop(args);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /\n[\d.]+ rps with 1 replica and 3 of prefill, 4 GPUs, /);
  assert.match(stdout, /\nttft p95 of 1 replica and 3 of prefill over the rate/);
  assert.match(stdout, /┤┄+/);
  const alone = await mtop([...args, "-o", "json"]);
  const { answer, trials } = JSON.parse(alone.stdout);
  const others = trials.filter(({ prefill }: { prefill: number }) => prefill !== 3);
  assert.ok(others.length > 1);
  assert.ok(
    others.every(({ rps, holds }: { rps: number; holds: boolean }) => !holds || rps < answer),
  );
  const fixed = await mtop([...args, "--prefill", "2", "-o", "json"]);
  const { best } = JSON.parse(fixed.stdout);
  assert.deepEqual([best.replicas, best.prefill], [2, 2]);
  assert.ok(best.rps < answer);
});

Deno.test("mtop size ranks tensor parallelism and kinds of GPUs, and says what cannot be", async () => {
  const args = [
    ...["size", "llama-3-70b", "--rps", "12", "--itl-p95", "60ms", "--seeds", "1"],
    ...["--set", "duration=4m", "--tp", "1,4,8", "--gpu", "H100-SXM,L40S"],
  ];
  const { code, stdout, stderr } = await mtop([...args, "-o", "json"]);
  assert.equal(code, 0, stderr);
  const { candidates } = JSON.parse(stdout);
  const shapes = candidates.map((
    { gpu, tensorParallel }: { gpu: string; tensorParallel: number },
  ) => `${tensorParallel} ${gpu}`);
  assert.deepEqual(shapes.toSorted(), [
    ...["1 H100-SXM", "1 L40S", "4 H100-SXM", "4 L40S"],
    ...["8 H100-SXM", "8 L40S"],
  ]);
  const found = candidates.filter(({ best }: { best: unknown }) => best);
  const gpus = found.map(({ best }: { best: { gpus: number } }) => Math.round(best.gpus));
  assert.deepEqual(gpus, gpus.toSorted((a: number, b: number) => a - b));
  for (const { best, tensorParallel } of found) {
    assert.equal(Math.round(best.gpus), best.replicas * tensorParallel);
  }
  const text = await mtop(args);
  assert.match(
    text.stdout,
    /\n {2}tp 1 on H100-SXM: torch\.OutOfMemoryError: CUDA out of memory\n/,
  );
  assert.match(text.stdout, /L40S .* uncalibrated\n/);
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
  await refused(/Write counts with commas/, "gpt2", "--ttft-p95", "1s", "--tp", "two");
  await refused(/add --max-rps/, "gpt2", "--ttft-p95", "1s", "--gpus", "4");
  await refused(
    /^error: Cannot share out 2 GPUs: that is less than a replica needs\n$/,
    ...["llama-3-70b", "--ttft-p95", "1s", "--max-rps", "--gpus", "2"],
  );
  await refused(
    /^error: Cannot fix --prefill: "gpt2" does not prefill apart\n$/,
    ...["gpt2", "--ttft-p95", "1s", "--prefill", "2"],
  );
  const file = `${root}/scenarios/pd-mismatch.ts`;
  await refused(/has loads: add --set 'load\[0\]\.rps=5'\n$/, file, "--rps", "5");
  await refused(/in a namespace: leave --namespace out\n$/, file, "-n", "search");
  await refused(
    /^error: Cannot share out 4 GPUs: that is less than a replica needs\n$/,
    ...[file, "--max-rps", "--gpus", "4", "--prefill", "4"],
  );
});

Deno.test("mtop size does not hold a size that leaves those of low priority without an answer", () =>
  inTempDir(async (dir) => {
    const lengths = "prompt: fixed(1000), output: fixed(200)";
    const load = `[
      poisson("chat", { to: "llama-3-70b", rps: 8, priority: 0, ${lengths} }),
      poisson("batch", { to: "llama-3-70b", rps: 30, priority: 5, ${lengths} }),
    ]`;
    const slo = '{ "llama-3-70b": { ttft: { p50: "3s" } } }';
    await Deno.writeTextFile(`${dir}/starve.ts`, smallScenario({ load, slo, duration: '"5m"' }));
    const args = ["starve.ts", "--max-replicas", "1", "--seeds", "1"];
    const flag = "--scheduling-policy=priority";
    const priority = `services[0].spec.template.containers[0].args=["${flag}"]`;
    const { code, stdout, stderr } = await mtop(
      ["size", ...args, "--set", priority, "--set", "cluster.nodes[0].gpus=4xH100-SXM"],
      { cwd: dir },
    );
    assert.equal(code, 99, stdout + stderr);
    // The median of those that were answered.
    assert.match(stdout, / 1\.\d+s ✓ +7[\d.]+% ✗ {3}no\n\nnot even 1 replica holds\n/);
  }));
