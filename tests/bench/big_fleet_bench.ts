// A large cluster for an hour: 1,000 services, 10,000 pods, 2,000 nodes, 100 faults; what the fleet costs.
import { gpuXid, lognormal, nodeLoss, nodes, pods, poisson, scenario } from "mtop";
import { Simulation } from "../../src/scenario/run.ts";
import { judged, median } from "./processes.ts";
import { describe, inFreshProcess, planned, service } from "./simulated.ts";

const SERVICES = 1000;
const REPLICAS = 10;
const NODES = 2000;
const FAULTS = 100;
const RUNS = 3;
const MAX_SECONDS = 10;

function data() {
  const services = Array.from({ length: SERVICES }, (_, index) => {
    const { metadata, ...rest } = service(REPLICAS);
    return { ...rest, metadata: { ...metadata, name: `chat-${index}` } };
  });
  const of = (index: number) => `chat-${index * (SERVICES / FAULTS)}`;
  return scenario({
    name: "big-fleet",
    duration: "60m",
    cluster: { nodes: [{ count: NODES, gpus: "8xH100-SXM" }] },
    services,
    load: [
      poisson("users", {
        to: "chat-0",
        rps: 10,
        prompt: lognormal({ mean: 1155, p99: 4142 }),
        output: lognormal({ mean: 211, p99: 601 }),
      }),
    ],
    // One every half minute, by turns a GPU that falls off the bus and a node that goes silent.
    faults: Array.from({ length: FAULTS }, (_, index) => {
      const when = `${(index + 1) * 30}s` as const;
      return index % 2 === 0
        ? gpuXid(79, { on: pods({ service: of(index) }).first(), when })
        : nodeLoss({ on: nodes({ service: of(index) }).first(), when, for: "10m" });
    }),
  });
}

interface Run {
  readonly planMs: number;
  readonly startMs: number;
  readonly simulateMs: number;
  readonly pods: number;
  readonly events: number;
  readonly logBytes: number;
  readonly rssMb: number;
}

function run(): Run {
  const input = data();
  const beginMs = performance.now();
  const plan = planned(input);
  const plannedMs = performance.now();
  let logBytes = 0;
  const simulation = new Simulation(plan, {
    data: input,
    sink: (_event, line) => void (logBytes += line.length + 1),
  });
  const startedMs = performance.now();
  simulation.advance(simulation.durationUs);
  simulation.finish();
  const endMs = performance.now();
  const { objects } = simulation.state;
  return {
    planMs: plannedMs - beginMs,
    startMs: startedMs - plannedMs,
    simulateMs: endMs - startedMs,
    pods: Object.values(objects).filter(({ kind }) => kind === "Pod").length,
    events: simulation.events,
    logBytes,
    rssMb: Deno.memoryUsage().rss / 1e6,
  };
}

if (Deno.args.includes("--once")) console.log(JSON.stringify(run()));
else {
  const runs: Run[] = [];
  for (let index = 0; index < RUNS; index++) {
    runs.push(await inFreshProcess<Run>(import.meta.filename!, ["--once"]));
  }
  const of = (value: (run: Run) => number) => median(runs.map(value));
  const seconds = of(({ planMs, startMs, simulateMs }) => planMs + startMs + simulateMs) / 1000;
  console.log(
    `${SERVICES} services, ${NODES} nodes, ${FAULTS} faults in an hour; medians of ${RUNS} fresh processes`,
  );
  console.log(
    `  ${describe(of(({ pods }) => pods), "pods")}, ${
      describe(of(({ events }) => events), "events")
    }, ` +
      `log ${describe(of(({ logBytes }) => logBytes) / 1e6, "MB")}, ` +
      `rss ${describe(of(({ rssMb }) => rssMb), "MB")}`,
  );
  console.log(
    `  planning ${describe(of(({ planMs }) => planMs), "ms")}, start ${
      describe(of(({ startMs }) => startMs), "ms")
    }, the hour ${describe(of(({ simulateMs }) => simulateMs), "ms")}`,
  );
  console.log(
    `  ${describe(seconds, "s", 1)} in all, limit ${MAX_SECONDS}: ${judged(seconds, MAX_SECONDS)}`,
  );
}
