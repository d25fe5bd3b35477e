// Measures the run file at full size: writing, seeking and memory. Run it with
// `deno run -A tests/bench/big_log_bench.ts [--quick]`; it deletes what it made.
import { indexPath } from "../../src/log/checkpoint.ts";
import { encodeEvent } from "../../src/log/codec.ts";
import { CheckpointIndex } from "../../src/log/file_index.ts";
import { openLog, verifyIntegrity } from "../../src/log/file_reader.ts";
import { stateAt } from "../../src/log/file_seek.ts";
import { LogFileWriter } from "../../src/log/file_writer.ts";
import { RunHash } from "../../src/log/hash.ts";
import { FOLD, HEADER, windowEvent } from "../unit/log/sample_log.ts";

const MB = 1_000_000;
const SEEKS = 20;
const QUICK_MB = 64;

interface Case {
  readonly name: string;
  readonly megabytes: number;
}

const quick = Deno.args.includes("--quick");
const cases: readonly Case[] = [
  { name: "run.jsonl", megabytes: quick ? QUICK_MB : 1000 },
  { name: "run.jsonl.zst", megabytes: quick ? QUICK_MB : 200 },
];

let peakBytes = 0;
const sampler = setInterval(sampleMemory, 20);

function sampleMemory(): void {
  peakBytes = Math.max(peakBytes, Deno.memoryUsage().rss);
}

function megabytes(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}

async function timed<T>(what: string, bytes: number, action: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await action();
  const ms = performance.now() - start;
  sampleMemory();
  const rate = bytes > 0 ? `, ${(bytes / 1000 / ms).toFixed(0)} MB/s` : "";
  console.log(`  ${what.padEnd(34)} ${ms.toFixed(0).padStart(7)} ms${rate}`);
  return result;
}

/** Writes about so many bytes of events and gives the last instant in µs and the bytes. */
function write(path: string, wanted: number): { lastUs: number; bytes: number; events: number } {
  using writer = LogFileWriter.open(path, HEADER);
  const hash = new RunHash();
  let bytes = 0;
  let lastUs = 0;
  for (; bytes < wanted;) {
    const event = windowEvent(hash.events);
    const line = encodeEvent(event);
    hash.add(line);
    writer.append(line);
    bytes += line.length + 1;
    lastUs = event.at;
  }
  writer.close({ events: hash.events, hash: hash.digest() });
  if (writer.failed !== undefined) throw writer.failed;
  return { lastUs, bytes, events: hash.events };
}

async function seekAll(path: string, instants: readonly number[], indexed: boolean) {
  const times: number[] = [];
  const log = await openLog(path);
  using index = indexed ? CheckpointIndex.open(log, FOLD) : undefined;
  for (const atUs of instants) {
    const start = performance.now();
    await stateAt(log, FOLD, atUs, index);
    times.push(performance.now() - start);
    sampleMemory();
  }
  const sorted = times.toSorted((a, b) => a - b);
  const [median, worst] = [sorted[times.length >> 1] ?? 0, sorted.at(-1) ?? 0];
  const what = indexed ? `with index (${index?.size} checkpoints)` : "without index";
  console.log(
    `  ${SEEKS} seeks ${what}: median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms`,
  );
}

async function measure({ name, megabytes: wanted }: Case, dir: string): Promise<void> {
  const path = `${dir}/${name}`;
  console.log(`${name}, ${wanted} MB of events`);
  const startBytes = Deno.memoryUsage().rss;
  peakBytes = startBytes;
  const { lastUs, bytes, events } = await timed(
    "write, encoding and hash included",
    wanted * MB,
    () => {
      return write(path, wanted * MB);
    },
  );
  console.log(`  ${events} events, file ${megabytes((await Deno.stat(path)).size)}`);
  const writeGrowth = peakBytes - startBytes;
  const instants = Array.from(
    { length: SEEKS },
    (_, n) => Math.floor(lastUs * ((n * 7 + 3) % 20) / 20),
  );

  const readStart = Deno.memoryUsage().rss;
  peakBytes = readStart;
  await timed("open", 0, () => openLog(path));
  await timed("read every event", bytes, async () => {
    for await (const _ of (await openLog(path)).events());
  });
  await timed("verify", bytes, () => verifyIntegrity(path));
  await seekAll(path, instants, false);
  await timed("fold whole, building the index", bytes, async () => {
    const log = await openLog(path);
    using index = CheckpointIndex.open(log, FOLD);
    await stateAt(log, FOLD, Infinity, index);
  });
  await seekAll(path, instants, true);
  console.log(`  index ${megabytes((await Deno.stat(indexPath(path))).size)}`);
  const growth = peakBytes - readStart;
  console.log(`  RSS grew by ${megabytes(writeGrowth)} writing, ${megabytes(growth)} reading;`);
  console.log(`  peak ${megabytes(peakBytes)}, ${megabytes(startBytes)} at the start`);
}

const dir = await Deno.makeTempDir({ prefix: "mtop_bench_" });
try {
  for (const one of cases) await measure(one, dir);
} finally {
  clearInterval(sampler);
  await Deno.remove(dir, { recursive: true });
}
