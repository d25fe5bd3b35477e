// `--seeds` of the main job with two workers beside one thread, whole processes, and how soon Ctrl-C ends it.
// `seeds_bench.ts 20 1` takes 20 seeds and one round instead of 100 and 5.

import { MTOP } from "../mtop_command.ts";
import { homeIn, judged, median, type Program, root, wallMs } from "./processes.ts";

const [seeds = "100", rounds = "5"] = Deno.args;
/** One thread takes at least so many times as long as two workers. */
const LEAST_RATIO = 1.8;
/** From the signal to the end of the process. */
const MOST_INTERRUPT_MS = 200;
const SCENARIO = "scenarios/canary-failure.ts";

const dir = await Deno.makeTempDir();
const env = homeIn(dir);

function withJobs(jobs: number): Program {
  // Of a hundred seeds one fails (57: its guard trips before the fault), and a benchmark is no verdict.
  const unjudged = ["--set", "expect=[]"];
  const args = ["run", SCENARIO, ...unjudged, "--seeds", seeds, "--jobs", `${jobs}`, "--quiet"];
  return { name: `${seeds} seeds, ${jobs} at a time`, args: [...MTOP, ...args], env };
}

/** In the middle of a run, which two workers are at. */
async function interruptMs(): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...MTOP, "run", SCENARIO, "--seeds", "100000", "--jobs", "2"],
    cwd: root,
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const startMs = performance.now();
  child.kill("SIGINT");
  const ended = child.status;
  while (!(await reader.read()).done);
  const { code } = await ended;
  if (code !== 105) throw new Error(`Ctrl-C ended with ${code}`);
  return performance.now() - startMs;
}

try {
  const programs = [withJobs(1), withJobs(2)] as const;
  const times: readonly [number[], number[]] = [[], []];
  for (let round = 0; round < Number(rounds); round++) {
    for (const [index, program] of programs.entries()) times[index]!.push(await wallMs(program));
  }
  const [one, two] = [median(times[0]), median(times[1])];
  console.log(`medians of ${rounds} rounds, whole processes, in turn`);
  console.log(`  ${programs[0].name.padEnd(30)} ${one.toFixed(0).padStart(7)} ms`);
  console.log(`  ${programs[1].name.padEnd(30)} ${two.toFixed(0).padStart(7)} ms`);
  const ratio = one / two;
  console.log(
    `  ${ratio.toFixed(2)} times as fast, at least ${LEAST_RATIO}: ${judged(LEAST_RATIO, ratio)}`,
  );
  const interrupts: number[] = [];
  for (let round = 0; round < 5; round++) interrupts.push(await interruptMs());
  const ms = median(interrupts);
  console.log(
    `  Ctrl-C to the end of the process, median of 5: ${ms.toFixed(0)} ms, ` +
      `limit ${MOST_INTERRUPT_MS}: ${judged(ms, MOST_INTERRUPT_MS)}`,
  );
} finally {
  await Deno.remove(dir, { recursive: true });
}
