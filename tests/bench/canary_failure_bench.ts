// The main job as a whole process: 30 virtual minutes at 24 rps, start-up included, beside `deno eval 0`.

import { fileURLToPath } from "node:url";

const ROUNDS = 9;
const root = fileURLToPath(new URL("../../", import.meta.url));

async function wallMs(args: readonly string[]): Promise<number> {
  const startMs = performance.now();
  const { success } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd: root })
    .output();
  if (!success) throw new Error(`deno ${args.join(" ")} failed`);
  return performance.now() - startMs;
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

const programs: readonly [string, readonly string[]][] = [
  ["deno eval 0", ["eval", "0"]],
  ["canary-failure --plan (start-up)", [
    "run",
    "--no-prompt",
    "scenarios/canary-failure.ts",
    "--plan",
  ]],
  ["canary-failure", ["run", "--no-prompt", "scenarios/canary-failure.ts"]],
];

const times = programs.map((): number[] => []);
for (let round = -1; round < ROUNDS; round++) {
  for (const [index, [, args]] of programs.entries()) {
    const ms = await wallMs(args);
    if (round >= 0) times[index]!.push(ms);
  }
}
const medians = times.map(median);
console.log(`medians of ${ROUNDS} rounds, whole processes, in turn`);
for (const [index, [name]] of programs.entries()) {
  const ratio = (medians[index]! / medians[0]!).toFixed(1);
  console.log(
    `  ${name.padEnd(34)} ${
      medians[index]!.toFixed(0).padStart(5)
    } ms   ${ratio} times deno eval 0`,
  );
}
