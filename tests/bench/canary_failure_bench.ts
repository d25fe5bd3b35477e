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

/** From the signal to the end of the process, in the middle of a run that would take hours. */
async function interruptMs(): Promise<number> {
  const dir = await Deno.makeTempDir();
  try {
    const source = `import { scenario } from "mtop";
import { canaryFailure } from ${JSON.stringify(`${root}scenarios/canary-failure.ts`)};
export default scenario({ ...canaryFailure, duration: "2000h" });`;
    await Deno.writeTextFile(`${dir}/long.ts`, source);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-read", `${root}main.ts`, "run", `${dir}/long.ts`],
      stdout: "null",
      stderr: "null",
    }).spawn();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const startMs = performance.now();
    child.kill("SIGINT");
    const { code } = await child.status;
    if (code !== 105) throw new Error(`Ctrl-C ended with ${code}`);
    return performance.now() - startMs;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const interrupts: number[] = [];
for (let round = 0; round < 5; round++) interrupts.push(await interruptMs());
console.log(`  Ctrl-C to the end of the process, median of 5: ${median(interrupts).toFixed(0)} ms`);
