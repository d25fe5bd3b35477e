// A stock Kubernetes Service beside llm-d's endpoint picker on 16 H100: a trend, measured and simulated.
//
// Of the measured runs only some figures are known, and no spread: llm-d's optimized-baseline guide,
// `benchmark-results/vllm-qwen3-32b-h100` (53c5b20).

import { latencyStatistics } from "../../src/calibration/formats/statistics.ts";
import { BALANCING_ANNOTATION } from "../../src/fleet/picker/balancing.ts";
import { sharedPrefix } from "../../src/scenario/load_builders.ts";
import { csvRows, readMeasured } from "./measured_data.ts";
import { type Stage, stagedRun, type StagedScenario, type StageRun } from "./staged_run.ts";

/** `guide_optimized-baseline_1.yaml` (llm-d-benchmark 3e90891). */
const STAGES: readonly Stage[] = [
  [15, 50], // The warm-up.
  [3, 20],
  [10, 20],
  [15, 20],
  [20, 38],
  [22, 34],
  [25, 30],
  [30, 25],
  [35, 21],
  [40, 38],
  [43, 36],
  [46, 33],
  [49, 30],
  [52, 29],
  [55, 27],
  [57, 26],
  [60, 25],
];

const REQUESTS = sharedPrefix({
  groups: 150,
  usersPerGroup: 5,
  systemTokens: 6000,
  questionTokens: 1200,
  outputTokens: 1000,
});

/** The filter and the scorer that the report names, with their defaults, as it says. */
const PICKER = {
  apiVersion: "llm-d.ai/v1alpha1",
  kind: "EndpointPickerConfig",
  plugins: [
    { type: "token-load-scorer" },
    { type: "inflight-load-producer" },
    // The guide's `router/optimized-baseline.values.yaml` (0a3b0c9).
    { type: "approx-prefix-cache-producer", parameters: { maxPrefixTokensToMatch: 40_960 } },
    { type: "prefix-cache-affinity-filter" },
  ],
  schedulingProfiles: [{
    name: "default",
    plugins: [{ pluginRef: "prefix-cache-affinity-filter" }, { pluginRef: "token-load-scorer" }],
  }],
};

function scenarioOf(picker: boolean): StagedScenario {
  return {
    gpus: { count: 2, gpus: "8xH100-SXM" },
    service: {
      apiVersion: "serving.kserve.io/v1alpha2",
      kind: "LLMInferenceService",
      metadata: { name: "qwen", annotations: { [BALANCING_ANNOTATION]: "round-robin" } },
      spec: {
        model: { uri: "hf://Qwen/Qwen3-32B" },
        replicas: 8,
        parallelism: { tensor: 2 },
        ...(picker ? { router: { scheduler: { config: { inline: PICKER } } } } : {}),
        // The release by which the filter's default was measured (llm-d-router 066c20e).
        template: { containers: [{ name: "main", image: "vllm/vllm-openai:v0.19.0" }] },
      },
    } as StagedScenario["service"],
    stages: STAGES,
    requests: REQUESTS,
  };
}

/** Tokens/s and TTFT p90 of both, measured and simulated. */
export function routerTrendTable(folder: string): string[][] {
  const measured = csvRows(readMeasured(folder, "llm-d-16xH100-qwen3-32b.csv"));
  const [service, picker] = [false, true].map((each) => stagedRun(scenarioOf(each), 1));
  return [
    [
      "RPS",
      "SERVICE TOKENS/S",
      "SIM",
      "PICKER TOKENS/S",
      "SIM",
      "SERVICE TTFT P90 S",
      "SIM",
      "PICKER TTFT P90 S",
      "SIM",
    ],
    ...measured.map((row) => {
      const of = (runs: readonly StageRun[]) =>
        figuresOf(runs.find(({ rps }) => rps === Number(row["rate"]))!);
      const [before, after] = [of(service!), of(picker!)];
      return [
        row["rate"]!,
        row["k8s_output_tok_s"]!,
        before.tokensPerSecond,
        row["llmd_output_tok_s"]!,
        after.tokensPerSecond,
        row["k8s_ttft_p90_s"] || "-",
        before.ttftP90,
        row["llmd_ttft_p90_s"] || "-",
        after.ttftP90,
      ];
    }),
  ];
}

function figuresOf({ requests }: StageRun) {
  const tokens = requests.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  const firstUs = Math.min(...requests.map(({ arrivedUs }) => arrivedUs));
  const lastUs = Math.max(...requests.map(({ arrivedUs, e2eUs }) => arrivedUs + e2eUs!));
  const ttft = latencyStatistics(requests.map(({ ttftUs }) => ttftUs! / 1e6));
  return {
    tokensPerSecond: (tokens / (lastUs - firstUs) * 1e6).toFixed(0),
    ttftP90: ttft.p90!.toFixed(1),
  };
}
