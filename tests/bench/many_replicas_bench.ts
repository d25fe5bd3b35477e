// 1,000 replicas at 10,000 requests a second: memory that does not grow with requests, and the time.
// The whole hour takes minutes: `deno run -A tests/bench/many_replicas_bench.ts --minutes 60`.
import { lognormal, poisson, scenario } from "mtop";
import { judged } from "./processes.ts";
import { describe, measure, service } from "./simulated.ts";

const REPLICAS = 1000;
const RPS = 10_000;
/** Of the hour, unless asked otherwise: a benchmark among others. */
const DEFAULT_MINUTES = 2;
const MAX_RSS_MB = 2000;
/** What a request may leave behind, in bytes: less than one number of a request that was kept. */
const MAX_BYTES_A_REQUEST = 4;
/** Below that, what the garbage collector happens to hold is more than any leak would be. */
const MIN_MINUTES_TO_JUDGE = 20;
const GPUS_A_NODE = 8;

const asked = Deno.args.indexOf("--minutes");
const minutes = asked === -1 ? DEFAULT_MINUTES : Number(Deno.args[asked + 1]);
if (!(minutes > 0)) throw new Error("Cannot read --minutes: it is no number above 0");

const data = scenario({
  name: "many-replicas",
  duration: `${minutes * 60}s`,
  cluster: { nodes: [{ count: REPLICAS / GPUS_A_NODE, gpus: `${GPUS_A_NODE}xH100-SXM` }] },
  services: [service(REPLICAS)],
  load: [
    poisson("users", {
      to: "chat",
      rps: RPS,
      // Means and 99th percentiles of Azure's conversations of 2023 (AzurePublicDataset b469a11).
      prompt: lognormal({ mean: 1155, p99: 4142 }),
      output: lognormal({ mean: 211, p99: 601 }),
    }),
  ],
});

interface Sample {
  readonly virtualSeconds: number;
  readonly rssMb: number;
  readonly heapMb: number;
}

const samples: Sample[] = [];
const startMs = performance.now();
const everySeconds = Math.min(300, minutes * 60 / 4);

function sample(virtualSeconds: number): void {
  const { rss, heapUsed, external } = Deno.memoryUsage();
  const one = { virtualSeconds, rssMb: rss / 1e6, heapMb: (heapUsed + external) / 1e6 };
  samples.push(one);
  console.log(
    `  ${describe(virtualSeconds, "virtual s").padStart(16)}` +
      `  wall ${describe((performance.now() - startMs) / 1000, "s", 1).padStart(9)}` +
      `  rss ${describe(one.rssMb, "MB").padStart(9)}  heap ${describe(one.heapMb, "MB")}`,
  );
}

console.log(
  `${minutes} of 60 minutes at ${RPS} rps on ${REPLICAS} replicas` +
    (asked === -1 ? "; --minutes 60 for all of them" : ""),
);
sample(0);
const {
  simulateMs,
  windowsMs,
  windows,
  logBytes,
  totals,
  virtualSeconds,
  concurrency,
  preemptions,
} = measure(data, { progress: { everySeconds, tell: sample } });
const { requests } = totals;
const ended = requests.completed + requests.failed + requests.rejected;
console.log(
  `  ${requests.arrived} requests arrived, ${requests.completed} completed, ` +
    `${requests.arrived - ended} in flight, ${preemptions} preemptions, ` +
    `${concurrency.toFixed(0)} at a time`,
);
console.log(
  `  ${describe(simulateMs / 1000, "s", 1)}: ` +
    `${describe(virtualSeconds * 1000 / simulateMs, "× real time", 1)}, ` +
    `${describe(requests.completed * 1000 / simulateMs, "requests/s")}, ` +
    `windows ${describe(windowsMs / 1000, "s", 1)} of it ` +
    `(${describe(windowsMs * 1000 / windows, "µs")} each), log ${describe(logBytes / 1e6, "MB")}`,
);
const peakMb = Math.max(...samples.map(({ rssMb }) => rssMb));
console.log(
  `  peak rss ${describe(peakMb, "MB")}, limit ${MAX_RSS_MB}: ${judged(peakMb, MAX_RSS_MB)}`,
);
const middle = samples[Math.floor(samples.length / 2)]!;
const last = samples.at(-1)!;
const between = RPS * (last.virtualSeconds - middle.virtualSeconds);
const bytes = Math.max(0, last.rssMb - middle.rssMb) * 1e6 / between;
console.log(
  `  grown by ${describe(bytes, "bytes", 1)} a request since ` +
    `${describe(middle.virtualSeconds, "virtual s")}: ` +
    (minutes < MIN_MINUTES_TO_JUDGE
      ? `too short to judge, ${MIN_MINUTES_TO_JUDGE} minutes are needed`
      : `limit ${MAX_BYTES_A_REQUEST}: ${judged(bytes, MAX_BYTES_A_REQUEST)}`),
);
