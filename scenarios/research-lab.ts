// A lab reads papers with a 14B model: long prompts that come again with other questions, short ones between
// them, and nobody at night.
// Shows: the model has a GPU only while somebody works, as in scale-to-zero. A paper is 20,000 tokens: who
// asks about one that somebody has asked about before finds it in the prefix cache, on the GPU or in the
// host's memory; a cold start begins with neither.
// Expect: no request lost to the cold start in the morning, most answers begin at once, most of what is
// read is not computed again, and half of the GPU time of a replica that stays.

import { expect, fixed, main, metric, scenario, sharedPrefix, stages, uniform } from "mtop";
import qwen from "../mocks/crs/research-qwen3-14b.json" with { type: "json" };
import { onDemand } from "./scale-to-zero.ts";

const service = "qwen3-14b";
const { replicas: _, baseRefs: __, ...spec } = qwen.spec;
const template = { ...spec.template, nodeSelector: {} };

/** Half an hour of work at either end of two hours. */
const day = (rps: number) =>
  [{ rps, for: "30m" }, { rps: 0, for: "1h" }, { rps, for: "30m" }] as const;

export const researchLab = scenario({
  name: "research-lab",
  about: "Long papers and short questions share a GPU that is there only while the lab works.",
  seed: 4,
  duration: "2h",
  cluster: { nodes: [{ count: 1, gpus: "1xH100-SXM" }], imageStreaming: true },
  services: [{ ...qwen, spec: { ...spec, ...onDemand, template } }],
  load: [
    stages("papers", {
      ...{ to: service, stages: day(0.08) },
      requests: sharedPrefix({
        ...{ groups: 8, usersPerGroup: 3, systemTokens: 20_000 },
        ...{ questionTokens: uniform(50, 200), outputTokens: 300 },
      }),
    }),
    stages("questions", {
      ...{ to: service, stages: day(0.5) },
      ...{ prompt: uniform(100, 600), output: fixed(200) },
    }),
  ],
  expect: [
    expect.noRequestLost(service),
    metric.ttft("p50").below("500ms"),
    metric.prefixHitRate().above("50%"),
    metric.gpuHours().below(1.5),
  ],
});

export default researchLab;
if (import.meta.main) Deno.exitCode = await main(researchLab);
