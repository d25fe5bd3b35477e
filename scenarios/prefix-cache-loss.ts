// The endpoint picker of a service that lives on its prefix caches crash-loops for five minutes.
// Shows: 200 system prompts of 6,000 tokens, of which each of four pods has room for a third. The picker
// sends each where it is cached; without it the pool fails open, the gateway picks at random, and of ten
// prompt tokens seven are computed anew instead of one: TTFT is many times what it was.
// Expect: nobody is refused; the kubelet's back-off outlasts the cause, then all is as it was.

import { eppCrash, expect, main, metric, poisson, scenario, sharedPrefix } from "mtop";
import production from "../mocks/config/production.json" with { type: "json" };
import llama from "../mocks/crs/llama-3-1-8b.json" with { type: "json" };

const service = "llama-3-1-8b";
const crash = eppCrash({ name: "crash", service, when: "10m", for: "5m" });
const annotations = { ...llama.metadata.annotations, "mtop.dev/load-balancing": "random" };
const template = { ...llama.spec.template, nodeSelector: {} };

export const prefixCacheLoss = scenario({
  name: "prefix-cache-loss",
  about: "An endpoint picker crash-loops; routing at random loses the prefix caches.",
  seed: 11,
  duration: "24m",
  warmup: "5m",
  cluster: { nodes: [{ count: 1, gpus: "4xH100-SXM" }] },
  services: [{
    ...llama,
    metadata: { ...llama.metadata, annotations },
    spec: { ...llama.spec, replicas: 4, template },
  }],
  configs: [production],
  load: [poisson("agents", {
    to: service,
    rps: 20,
    requests: sharedPrefix({
      groups: 200,
      usersPerGroup: 20,
      systemTokens: 6_000,
      questionTokens: 400,
      outputTokens: 150,
    }),
  })],
  faults: [crash],
  expect: [
    expect.recovered(service, {
      check: metric.prefixHitRate().above("60%"),
      within: "11m",
      after: crash,
    }),
    expect.recovered(service, {
      check: metric.ttft("p95").below("400ms"),
      within: "11m",
      after: crash,
    }),
    expect.event({ reason: "BackOff", object: "router-scheduler", after: crash }),
    expect.noRequestLost(service),
  ],
});

export default prefixCacheLoss;
if (import.meta.main) Deno.exitCode = await main(prefixCacheLoss);
