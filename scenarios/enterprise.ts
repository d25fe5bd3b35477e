// Eight models of a company on four kinds of GPU in three zones, and an evening on which all comes at once.
// Shows: a canary, a node that is drained, a zone that goes dark; replicas over the zones, budgets and retries.
// Expect: the rollout goes through, every model's goodput stays above 95 %, hardly a request is lost.

import { analysis, canary, expect, lognormal, main, metric, nodeDrain, nodes, pause } from "mtop";
import { poisson, scenario, setWeight, zoneLoss } from "mtop";
import available from "../mocks/config/high-availability.json" with { type: "json" };
import granite from "../mocks/crs/granite-3-3-8b.json" with { type: "json" };
import llama8b from "../mocks/crs/llama-3-1-8b.json" with { type: "json" };
import llama3b from "../mocks/crs/llama-3-2-3b.json" with { type: "json" };
import mixtral from "../mocks/crs/mixtral-8x7b.json" with { type: "json" };
import phi from "../mocks/crs/phi-4.json" with { type: "json" };
import qwen from "../mocks/crs/qwen2-5-7b.json" with { type: "json" };
import gptOss from "../mocks/crs/support-gpt-oss-20b.json" with { type: "json" };
import small from "../mocks/crs/support-mistral-small-24b.json" with { type: "json" };

const spec = { replicas: 3, baseRefs: [{ name: "high-availability" }] };
const models = [llama8b, llama3b, granite, mixtral, phi, qwen, gptOss, small]
  .map((model) => ({ ...model, spec: { ...model.spec, ...spec } }));
const names = models.map(({ metadata }) => metadata.name);
const all = <T>(value: T) => Object.fromEntries(names.map((name) => [name, value]));
const GPUS = ["6xL40S", "8xA100-SXM-80GB", "2xL4", "2xH100-PCIe"] as const;
const prompt = lognormal({ mean: 900, p99: 4_000 });
const output = lognormal({ mean: 200, p99: 900 });
const guard = { every: "30s", checks: [metric.errorRate({ of: "canary" }).below("5%")] } as const;
export const evening = scenario({
  name: "enterprise",
  about: "Eight models through a canary, a drained node and a lost zone, within their SLOs.",
  seed: 8,
  duration: "40m",
  warmup: "2m",
  cluster: {
    nodes: ["a", "b", "c"].flatMap((zone) => GPUS.map((gpus) => ({ count: 1, gpus, zone }))),
    budgets: all({ maxUnavailable: 1 }),
  },
  configs: [available],
  services: models,
  slo: all({ ttft: { p95: "2s" }, itl: { p95: "200ms" } }),
  load: names.map((to) => poisson(to, { to, rps: 2, prompt, output, retries: { attempts: 3 } })),
  rollouts: [
    canary("llama-3-1-8b", {
      at: "3m",
      to: { image: "vllm/vllm-openai:v0.16.0" },
      steps: [setWeight(25), pause("2m"), setWeight(100)],
      analysis: analysis("guard", guard),
    }),
  ],
  faults: [
    nodeDrain({ on: nodes({ name: "node-2" }).all(), when: "14m", for: "8m" }),
    zoneLoss({ zone: "c", when: "24m", for: "8m" }),
  ],
  expect: [
    expect.completed("llama-3-1-8b"),
    ...names.map((service) => metric.goodput({ service }).above("95%")),
    ...names.map((service) => metric.lost({ service }).below(15)),
  ],
});

export default evening;
if (import.meta.main) Deno.exitCode = await main(evening);
