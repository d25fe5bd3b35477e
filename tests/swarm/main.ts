// `deno task swarm [N]`: N random scenarios, their invariants checked, and N random loads
// on the engine and its step-by-step reference; `--seed S` runs one alone.
import { compareOnce } from "../unit/serving/reference_comparison.ts";
import { checkRun } from "./invariants.ts";
import { randomScenario } from "./scenarios.ts";

const DEFAULT_SEEDS = 200;

/** What is wrong with a seed's run, or nothing. */
function wrongWith(seed: number): string | undefined {
  try {
    checkRun(randomScenario(seed));
    compareOnce(seed);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.stack ?? error.message : String(error);
  }
}

function main(args: readonly string[]): number {
  const [first] = args;
  const seeds = first === "--seed"
    ? [Number(args[1])]
    : Array.from({ length: Number(first ?? DEFAULT_SEEDS) }, (_, index) => index + 1);
  if (seeds.length === 0 || !seeds.every(Number.isSafeInteger)) {
    console.error("error: write how many seeds, or --seed and one of them");
    return 1;
  }
  const progress = Deno.stderr.isTerminal() ? new TextEncoder() : undefined;
  let failed = 0;
  for (const [index, seed] of seeds.entries()) {
    progress && Deno.stderr.writeSync(progress.encode(`\r${index + 1}/${seeds.length}`));
    const wrong = wrongWith(seed);
    if (wrong === undefined) continue;
    failed++;
    console.log(`seed ${seed}: ${wrong}\n  deno task swarm --seed ${seed}`);
  }
  progress && Deno.stderr.writeSync(progress.encode("\r\x1b[K"));
  console.log(`${seeds.length} seeds, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exitCode = main(Deno.args);
