// Mooncake's conversation trace on 8 replicas, everything on: fresh processes, each on its first pass.
import { scenario, trace } from "mtop";
import { judged, median, root } from "./processes.ts";
import { describe, inFreshProcess, measure, type Measured, service } from "./simulated.ts";

const TRACE = `${root}../shared/data/traces/mooncake/conversation_trace.jsonl`;
const REPLICAS = 8;
const PROCESSES = 5;
const MIN_TIMES_REAL_TIME = 15_000;
const MIN_REQUESTS_PER_SECOND = 200_000;

interface Pass extends Measured {
  readonly readMs: number;
  readonly parseMs: number;
  readonly freezeMs: number;
}

/** Text to columns, columns to frozen data, and that as any scenario runs. */
function pass(): Pass {
  const startMs = performance.now();
  const text = Deno.readTextFileSync(TRACE);
  const readMs = performance.now();
  const load = trace("conversations", { to: "chat", text });
  const parsedMs = performance.now();
  const data = scenario({
    name: "mooncake",
    duration: "1h",
    cluster: { nodes: [{ count: 1, gpus: `${REPLICAS}xH100-SXM` }] },
    services: [service(REPLICAS)],
    load: [load],
  });
  const frozenMs = performance.now();
  return {
    readMs: readMs - startMs,
    parseMs: parsedMs - readMs,
    freezeMs: frozenMs - parsedMs,
    ...measure(data),
  };
}

async function report(): Promise<void> {
  const passes: (Pass & { wallMs: number })[] = [];
  for (let index = 0; index < PROCESSES; index++) {
    const startMs = performance.now();
    const one = await inFreshProcess<Pass>(import.meta.filename!, ["--pass"]);
    passes.push({ ...one, wallMs: performance.now() - startMs });
  }
  const first = passes[0]!;
  if (passes.some(({ hash }) => hash !== first.hash)) throw new Error("the logs differ");
  const ms = (of: (one: Pass & { wallMs: number }) => number) => median(passes.map(of));
  const simulateMs = ms((one) => one.simulateMs);
  const windowsMs = ms((one) => one.windowsMs);
  const partsMs = (one: Pass) =>
    one.readMs + one.parseMs + one.freezeMs + one.planMs + one.startMs + one.simulateMs;
  const { requests, prefixHits, prefixQueries } = first.totals;
  console.log(`medians of ${PROCESSES} fresh processes, the first pass of each`);
  const line = (what: string, value: string) => console.log(`  ${what.padEnd(40)} ${value}`);
  line("Deno, modules", describe(ms((one) => one.wallMs - partsMs(one)), "ms"));
  line("reading the trace", describe(ms((one) => one.readMs), "ms", 1));
  line("parsing it", describe(ms((one) => one.parseMs), "ms", 1));
  line("freezing the scenario", describe(ms((one) => one.freezeMs), "ms", 1));
  line("planning it", describe(ms((one) => one.planMs), "ms", 1));
  line("setting it in motion", describe(ms((one) => one.startMs), "ms", 1));
  line("simulating", describe(simulateMs, "ms", 1));
  line(
    "  of which windows and their log",
    `${describe(windowsMs, "ms", 1)}, ${first.windows} times`,
  );
  line("  of which the rest", describe(simulateMs - windowsMs, "ms", 1));
  line("virtual time", describe(first.virtualSeconds, "s"));
  line("requests", `${requests.completed} of ${requests.arrived} completed`);
  const found = prefixQueries > 0 ? describe(100 * prefixHits / prefixQueries, "%", 1) : "-";
  line("prompt tokens found in the cache", found);
  line("mean concurrency, preemptions", `${first.concurrency.toFixed(1)}, ${first.preemptions}`);
  line("log", `${first.events} events, ${describe(first.logBytes / 1e6, "MB", 2)}`);
  const times = first.virtualSeconds * 1000 / simulateMs;
  const rate = requests.completed * 1000 / simulateMs;
  const target = (value: number, least: number) =>
    `target ${least.toLocaleString("en-US")}: ${judged(least / value, 1)}`;
  line("times real time", `${describe(times, "×")}, ${target(times, MIN_TIMES_REAL_TIME)}`);
  line("requests a second", `${describe(rate, "/s")}, ${target(rate, MIN_REQUESTS_PER_SECOND)}`);
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

if (!isThere(TRACE)) console.log(`SKIPPED: ${TRACE} cannot be read`);
else if (Deno.args.includes("--pass")) console.log(JSON.stringify(pass()));
else await report();
