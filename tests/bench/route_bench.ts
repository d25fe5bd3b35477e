// The gateway's part of the time: draws a second, and requests a second through a route group.
import { WeightedDraw } from "../../src/fleet/route_draw.ts";
import { plan } from "../../src/scenario/plan.ts";
import { Simulation } from "../../src/scenario/run.ts";
import { Streams } from "../../src/sim/streams.ts";
import { describe } from "./simulated.ts";

const DRAWS = 10_000_000;

function drawsPerSecond(members: number): number {
  const draw = new WeightedDraw(Array.from({ length: members }, (_, index) => index), (i) => i + 1);
  const stream = new Streams(1).stream("draws");
  let sum = 0;
  const round = (count: number) => {
    for (let index = 0; index < count; index++) sum += draw.pick(stream)!;
  };
  round(DRAWS / 10);
  const startMs = performance.now();
  round(DRAWS);
  const ms = performance.now() - startMs;
  if (sum < 0) throw new Error("nothing was drawn");
  return DRAWS * 1000 / ms;
}

const REPLICAS = 100;
const RPS = 10_000;
const SECONDS = 40;

function member(name: string, router: unknown) {
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name },
    spec: {
      model: { uri: "hf://meta-llama/Llama-3.1-8B", name: "llama" },
      replicas: REPLICAS,
      ...(router ? { router } : {}),
      template: { containers: [{ name: "main", image: "vllm:1" }] },
    },
  };
}

/** Requests of a run a second of wall time: so many services that share the load by weight, or one. */
function requestsPerSecond(services: readonly unknown[], to: unknown): number {
  const data = {
    kind: "scenario",
    name: "routes",
    duration: `${SECONDS}s`,
    cluster: { nodes: [{ count: 25 * services.length, gpus: "8xH100-SXM" }] },
    services,
    load: [{
      kind: "poisson",
      name: "users",
      to,
      rps: RPS,
      prompt: { kind: "fixed", tokens: 50 },
      output: { kind: "fixed", tokens: 20 },
    }],
  };
  const planned = plan(data);
  if ("problems" in planned) throw new Error(JSON.stringify(planned.problems));
  const simulation = new Simulation(planned, { data });
  const startMs = performance.now();
  simulation.advance(simulation.durationUs);
  simulation.finish();
  return RPS * SECONDS * 1000 / (performance.now() - startMs);
}

for (const members of [2, 10, 100]) {
  const count = `${members} members`;
  console.log(`  ${count.padEnd(32)} ${describe(drawsPerSecond(members), "draws/s")}`);
}
const route = (weight: number) => ({ route: { group: "g", weight, http: {} } });
const rounds: [string, readonly unknown[], unknown][] = [
  ["one service", [member("a", undefined)], "a"],
  ["two services by weight 9:1", [member("a", route(9)), member("b", route(1))], {
    model: "llama",
  }],
  ["the same service by its path", [member("a", route(9)), member("b", route(1))], { member: "a" }],
];
for (const [what, services, to] of rounds) {
  requestsPerSecond(services, to);
  const found = Math.max(requestsPerSecond(services, to), requestsPerSecond(services, to));
  console.log(`  ${what.padEnd(32)} ${describe(found, "requests/s")}`);
}
