// A service scales up ahead of a launch, while the model hub throttles everybody.
// Shows: what a cold start is made of. Four pods on empty nodes download the same 16 GB at once and share
// what the hub gives them; then come the image, imports, loading and engine init, which take as ever.
// Expect: all of them serve before the launch, TTFT within its limit all through it, and nothing lost.

import {
  change,
  expect,
  fixed,
  hubThrottled,
  lognormal,
  main,
  metric,
  scenario,
  stages,
} from "mtop";
import production from "../mocks/config/production.json" with { type: "json" };
import llama from "../mocks/crs/llama-3-1-8b.json" with { type: "json" };

const service = "llama-3-1-8b";
const announced = "4m";
const launch = "16m";

const throttled = hubThrottled({
  name: "hub",
  bandwidth: "200MB/s",
  when: "1m",
  permanent: true,
});

export const coldStart = scenario({
  name: "cold-start",
  about: "Six replicas must be up before a launch, though the hub throttles their downloads.",
  seed: 5,
  duration: "21m",
  warmup: "2m",
  cluster: { nodes: [{ count: 3, gpus: "2xL40S" }] },
  services: [{ ...llama, spec: { ...llama.spec, replicas: 2 } }],
  configs: [production],
  slo: { [service]: { ttft: { p95: "2s" }, itl: { p95: "80ms" } } },
  load: [stages("chat", {
    to: service,
    stages: [{ rps: 3, for: launch }, { rps: 24, for: "5m" }],
    prompt: lognormal({ mean: 800, p99: 4_000 }),
    output: fixed(250),
  })],
  changes: [change(service, { when: announced, replicas: 6 })],
  faults: [throttled],
  expect: [
    expect.always(metric.ttft("p95").below("2s"), { after: launch }),
    metric.goodput().above("70%"),
    expect.noRequestLost(service),
  ],
});

export default coldStart;
if (import.meta.main) Deno.exitCode = await main(coldStart);
