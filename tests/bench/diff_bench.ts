// How long two big logs take to be compared, and how much memory: `mtop diff` reads them as streams.

import { encodeEvent, type LogEvent } from "../../src/log/codec.ts";
import { compareLogs } from "../../src/log/file_diff.ts";
import { openLog } from "../../src/log/file_reader.ts";
import { LogFileWriter } from "../../src/log/file_writer.ts";
import { RunHash } from "../../src/log/hash.ts";
import { HEADER, windowEvent } from "../unit/log/sample_log.ts";

const MB = 1_000_000;
const SIZE_MB = Deno.args.includes("--quick") ? 20 : 100;

function write(path: string, last: Partial<LogEvent> & Record<string, unknown>): void {
  using writer = LogFileWriter.open(path, HEADER);
  const hash = new RunHash();
  const append = (event: unknown) => {
    const line = encodeEvent(event as LogEvent);
    hash.add(line);
    writer.append(line);
    return line.length + 1;
  };
  for (let bytes = 0; bytes < SIZE_MB * MB;) bytes += append(windowEvent(hash.events));
  append({ ...windowEvent(hash.events), ...last });
  writer.close({ events: hash.events, hash: hash.digest() });
}

let peakBytes = 0;
const sampler = setInterval(() => {
  peakBytes = Math.max(peakBytes, Deno.memoryUsage().rss);
}, 5);
const dir = await Deno.makeTempDir({ prefix: "mtop_bench_" });
try {
  for (const [name, other] of [["a.jsonl", "b.jsonl"], ["a.jsonl.zst", "b.jsonl.zst"]] as const) {
    write(`${dir}/${name}`, {});
    write(`${dir}/${other}`, { note: "the one that differs" });
    const before = Deno.memoryUsage().rss;
    peakBytes = before;
    const start = performance.now();
    const { first } = await compareLogs(
      await openLog(`${dir}/${name}`),
      await openLog(`${dir}/${other}`),
    );
    const ms = performance.now() - start;
    const grown = Math.max(peakBytes, Deno.memoryUsage().rss) - before;
    console.log(
      `${name} against ${other}, 2 x ${SIZE_MB} MB, event ${first?.b?.seq} differs: ` +
        `${ms.toFixed(0)} ms, ${(2 * SIZE_MB * 1000 / ms).toFixed(0)} MB/s, ` +
        `RSS grew by ${(grown / MB).toFixed(0)} MB`,
    );
  }
} finally {
  clearInterval(sampler);
  await Deno.remove(dir, { recursive: true });
}
