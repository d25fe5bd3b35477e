// `deno task swarm [N]`: N random scenarios on all cores, their invariants checked after every event, and
// N random loads on the engine and its step-by-step reference. A seed that fails is made smaller and
// written as a scenario file; `--seed S` runs one alone, `--file F` such a file.
import { pathToFileURL } from "node:url";
import { brokenInvariant, failureOf, scenarioFile } from "./failure.ts";
import { type Json, shrink } from "./shrink.ts";

const DEFAULT_SEEDS = 10_000;
/** Seeds that are made smaller; the others are named. */
const MOST_SHRUNK = 3;

type Failure = NonNullable<ReturnType<typeof failureOf>>;

interface Answer {
  readonly seed: number;
  readonly failure?: Failure;
}

/** Each worker gets a seed when it has told of the one before. */
function checkSeeds(seeds: readonly number[], tell: (answer: Answer) => void): Promise<void> {
  const cores = Math.min(navigator.hardwareConcurrency, seeds.length);
  let next = 0;
  const check = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
      const give = () => {
        if (next < seeds.length) return worker.postMessage(seeds[next++]);
        worker.terminate();
        resolve();
      };
      worker.onmessage = ({ data }: MessageEvent<Answer>) => {
        tell(data);
        give();
      };
      worker.onerror = (error) => {
        error.preventDefault();
        worker.terminate();
        reject(new Error(error.message));
      };
      give();
    });
  return Promise.all(Array.from({ length: cores }, check)).then(() => undefined);
}

async function checkAll(seeds: readonly number[]): Promise<number> {
  const failures = new Map<number, Failure>();
  const screen = Deno.stderr.isTerminal() ? new TextEncoder() : undefined;
  const startMs = performance.now();
  let done = 0;
  await checkSeeds(seeds, ({ seed, failure }) => {
    done++;
    if (failure) failures.set(seed, failure);
    const bar = `\r${done}/${seeds.length} seeds, ${failures.size} failed`;
    if (screen) Deno.stderr.writeSync(screen.encode(bar));
  });
  if (screen) Deno.stderr.writeSync(screen.encode("\r\x1b[K"));
  const told = [...failures].sort(([a], [b]) => a - b);
  for (const [index, [seed, failure]] of told.entries()) {
    report(seed, failure, index < MOST_SHRUNK);
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  console.log(`${seeds.length} seeds, ${failures.size} failed, ${seconds} s`);
  return failures.size === 0 ? 0 : 1;
}

function report(seed: number, { text, data }: Failure, isShrunk: boolean): void {
  console.log(`seed ${seed}: ${text}\n  deno task swarm --seed ${seed}`);
  if (!data || !isShrunk) return;
  const smaller = shrink(data, brokenInvariant);
  const file = `swarm-${seed}.ts`;
  Deno.writeTextFileSync(file, scenarioFile(seed, text, smaller));
  console.log(`  made smaller: deno task swarm --file ${file}`);
}

async function checkFile(file: string): Promise<number> {
  const { default: data } = await import(pathToFileURL(file).href) as { default: Json };
  const broken = brokenInvariant(data);
  console.log(broken === undefined ? `${file}: every invariant holds` : `${file}: ${broken}`);
  return broken === undefined ? 0 : 1;
}

function main([first, second]: readonly string[]): number | Promise<number> {
  if (first === "--file" && second !== undefined) return checkFile(second);
  const isSeed = first === "--seed";
  const count = Number((isSeed ? second : first) ?? DEFAULT_SEEDS);
  if (!Number.isSafeInteger(count) || count < 1) {
    console.error("error: write how many seeds, --seed and one of them, or --file and a scenario");
    return 1;
  }
  return checkAll(isSeed ? [count] : Array.from({ length: count }, (_, index) => index + 1));
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
