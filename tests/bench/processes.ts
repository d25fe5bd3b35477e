// Whole processes of the program beside others, in turn, with caches and state of their own.
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Program {
  readonly name: string;
  /** Of `deno`. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** May be this many times as long as the first program. */
  readonly limit?: number;
}

/** Caches, settings and state of mtop below `dir`; Deno's own stay where they are. */
export function homeIn(dir: string): Record<string, string> {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return {
    DENO_DIR: JSON.parse(new TextDecoder().decode(stdout)).denoDir,
    XDG_CACHE_HOME: `${dir}/cache`,
    XDG_CONFIG_HOME: `${dir}/config`,
    XDG_STATE_HOME: `${dir}/state`,
  };
}

/** Wall time of one process, ms; throws when it fails. */
export async function wallMs({ name, args, env = {} }: Program): Promise<number> {
  const startMs = performance.now();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) throw new Error(`${name} failed: ${new TextDecoder().decode(stderr)}`);
  return performance.now() - startMs;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Prints medians and how many times the first program's each is; over a limit, the process fails. */
export async function compare(programs: readonly Program[], rounds: number): Promise<void> {
  const times = programs.map((): number[] => []);
  // The first round fills the caches.
  for (let round = -1; round < rounds; round++) {
    for (const [index, program] of programs.entries()) {
      const ms = await wallMs(program);
      if (round >= 0) times[index]!.push(ms);
    }
  }
  console.log(`medians of ${rounds} rounds, whole processes, in turn`);
  const [base = 0, ...others] = times.map(median);
  console.log(`  ${programs[0]!.name.padEnd(44)} ${base.toFixed(0).padStart(6)} ms`);
  for (const [index, ms] of others.entries()) {
    const { name, limit } = programs[index + 1]!;
    const ratio = ms / base;
    const verdict = limit === undefined ? "" : `, limit ${limit}: ${judged(ratio, limit)}`;
    console.log(
      `  ${name.padEnd(44)} ${ms.toFixed(0).padStart(6)} ms   ${ratio.toFixed(2)} times${verdict}`,
    );
  }
}

/** `met` or `NOT MET`; what is not met fails the process. */
export function judged(value: number, limit: number): string {
  if (value <= limit) return "met";
  Deno.exitCode = 1;
  return "NOT MET";
}
