// An hour of 1,000 services that are autoscaled: what the loops of their autoscalers cost.
import { scenario } from "mtop";
import { Simulation } from "../../src/scenario/run.ts";
import { judged, median } from "./processes.ts";
import { describe, inFreshProcess, planned, service } from "./simulated.ts";

const SERVICES = 1000;
const NODES = 500;
const RUNS = 3;
const MAX_SECONDS = 10;

const BOUNDS = { minReplicas: 1, maxReplicas: 4 };
/** By whom: nobody, the Workload Variant Autoscaler through an HPA or KEDA, KEDA's own trigger. */
const SCALED: Readonly<Record<string, ((name: string) => unknown) | undefined>> = {
  fixed: undefined,
  "wva, hpa": () => ({ ...BOUNDS, wva: { hpa: {} } }),
  "wva, keda": () => ({ ...BOUNDS, wva: { keda: {} } }),
  keda: (name) => ({
    ...BOUNDS,
    keda: {
      triggers: [{
        type: "prometheus",
        metadata: {
          query: `sum(vllm:num_requests_running{llm_isvc_name="${name}"})`,
          threshold: "20",
        },
      }],
    },
  }),
};

interface Run {
  readonly ms: number;
  readonly events: number;
}

function run(by: string): Run {
  const scaled = SCALED[by];
  const services = Array.from({ length: SERVICES }, (_, index) => {
    const { metadata, spec, ...rest } = service(1);
    const name = `chat-${index}`;
    const { replicas, ...others } = spec as { replicas?: number };
    const scaling = scaled?.(name);
    const own = scaling === undefined ? { replicas } : { scaling };
    return { ...rest, metadata: { ...metadata, name }, spec: { ...others, ...own } };
  });
  const input = scenario({
    name: "autoscaled-fleet",
    duration: "60m",
    cluster: { nodes: [{ count: NODES, gpus: "8xH100-SXM" }] },
    services,
    load: [],
  });
  const plan = planned(input);
  const simulation = new Simulation(plan, { data: input });
  const beginMs = performance.now();
  simulation.advance(simulation.durationUs);
  simulation.finish();
  return { ms: performance.now() - beginMs, events: simulation.events };
}

const [once, by = ""] = Deno.args;
if (once === "--once") console.log(JSON.stringify(run(by)));
else {
  console.log(`${SERVICES} autoscaled services, an hour; medians of ${RUNS} fresh processes`);
  for (const name of Object.keys(SCALED)) {
    const runs: Run[] = [];
    for (let index = 0; index < RUNS; index++) {
      runs.push(await inFreshProcess<Run>(import.meta.filename!, ["--once", name]));
    }
    const seconds = median(runs.map(({ ms }) => ms)) / 1000;
    const events = median(runs.map((each) => each.events));
    console.log(
      `  ${name.padEnd(10)} ${describe(seconds, "s", 1)}, ${describe(events, "events")}, ` +
        `limit ${MAX_SECONDS}: ${judged(seconds, MAX_SECONDS)}`,
    );
  }
}
