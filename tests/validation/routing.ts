// The routing ladder: four policies over four servers, measured by llm-d beside the same simulated.
//
// Nothing is fitted to it. Policies, load and servers are those of llm-d-kv-cache's report
// `benchmarking/37-capacity` (its text at 2bb0a20 of zetxqx's copy has the figures of the file).

import { randomUniform } from "d3-random";
import { latencyStatistics, median } from "../../src/calibration/formats/statistics.ts";
import { sharedPrefix } from "../../src/scenario/load_builders.ts";
import { Streams } from "../../src/sim/streams.ts";
import { csvRows, readMeasured } from "./measured_data.ts";
import { type RequestRow, type Stage, stagedRun, type StagedScenario } from "./staged_run.ts";

/** As the report names them, the best first. */
export const POLICIES = ["precise", "default", "load", "random"] as const;
export type Policy = (typeof POLICIES)[number];

/** Times in s, of all requests of a stage. */
export interface RoutingFigures {
  readonly outputTokensPerSecond: number;
  readonly ttftMean: number;
  readonly ttftP90: number;
  readonly itlMean: number;
}

export interface RoutingRow {
  readonly policy: Policy;
  readonly rps: number;
  readonly measured: RoutingFigures;
  readonly simulated: RoutingFigures;
  /** p90 of the simulated TTFT as the client of the measured run would have seen it, see `seen`. */
  readonly seenTtftP90: number;
  /** Share of prompt tokens that were found in the prefix cache. */
  readonly prefixHits: number;
}

const STAGES: readonly Stage[] = [
  [9, 30], // The warm-up.
  [3, 210],
  [4, 180],
  [5, 120],
  [6, 120],
  [8, 90],
  [10, 70],
  [12, 60],
  [15, 50],
  [20, 50],
];

const REQUESTS = sharedPrefix({
  groups: 83,
  usersPerGroup: 3,
  systemTokens: 8000,
  questionTokens: 1000,
  outputTokens: 1000,
});

/** Arrivals and ties are drawn; each figure is the median over these seeds. */
const SEEDS = [1, 2, 3, 4, 5];

type Plugin = Readonly<Record<string, unknown>>;

const LOAD: readonly Plugin[] = [{ type: "queue-scorer" }, { type: "kv-cache-scorer" }];

/** The report's plugins; where it leaves parameters out, the defaults of that time are written out. */
const PLUGINS: Readonly<Record<Policy, readonly Plugin[]>> = {
  precise: [
    {
      type: "prefix-cache-scorer",
      parameters: {
        mode: "cache_tracking",
        indexerConfig: { tokenProcessorConfig: { blockSize: 64, hashSeed: "42" } },
      },
    },
    ...LOAD,
  ],
  default: [{ type: "prefix-cache-scorer", parameters: { hashBlockSize: 64 } }, ...LOAD],
  load: LOAD,
  random: [{ type: "random-picker" }],
};

function scenarioOf(policy: Policy): StagedScenario {
  const plugins = PLUGINS[policy];
  const inline = {
    apiVersion: "inference.networking.x-k8s.io/v1alpha1",
    kind: "EndpointPickerConfig",
    plugins: [...plugins, { type: "single-profile-handler" }],
    schedulingProfiles: [{
      name: "default",
      plugins: plugins.map(({ type }) => {
        if (type === "random-picker") return { pluginRef: type };
        return { pluginRef: type, weight: type === "prefix-cache-scorer" ? 2 : 1 };
      }),
    }],
  };
  return {
    gpus: { count: 4, gpus: "4xH100-SXM" },
    service: {
      apiVersion: "serving.kserve.io/v1alpha2",
      kind: "LLMInferenceService",
      metadata: { name: "llama" },
      spec: {
        model: { uri: "hf://meta-llama/Llama-3.1-70B-Instruct" },
        replicas: 4,
        parallelism: { tensor: 4 },
        router: { scheduler: { config: { inline } } },
        // vLLM of llm-d 0.2, September 2025. The report tells of 461,376 tokens of KV cache a server;
        // by the flags' defaults it is 457,280 here.
        template: { containers: [{ name: "main", image: "vllm/vllm-openai:v0.10.0" }] },
      },
    } as StagedScenario["service"],
    stages: STAGES,
    requests: REQUESTS,
  };
}

interface Run {
  readonly figures: RoutingFigures;
  readonly seenTtftP90: number;
  readonly prefixHits: number;
}

/**
 * What is open: by its published configuration the default policy sends all of a group's questions to one
 * server, whose cache has them from then on. Measured, it took as much of the servers as if two of them
 * had each group, and a question were often computed again.
 */
export function routingRows(folder: string): RoutingRow[] {
  const measured = measuredRows(readMeasured(folder, "llm-d-routing-37-capacity.csv"));
  return POLICIES.flatMap((policy) => {
    const runs = SEEDS.map((seed) => stagedRun(scenarioOf(policy), seed));
    return STAGES.slice(1).map(([rps], stage): RoutingRow => {
      const { figures, bunchS } = measured.get(`${policy} ${rps}`)!;
      const each = runs.map((stages) => runOf(stages[stage]!.requests, bunchS));
      const middle = (of: (run: Run) => number) => median(each.map(of))!;
      return {
        policy,
        rps,
        measured: figures,
        simulated: {
          outputTokensPerSecond: middle((run) => run.figures.outputTokensPerSecond),
          ttftMean: middle((run) => run.figures.ttftMean),
          ttftP90: middle((run) => run.figures.ttftP90),
          itlMean: middle((run) => run.figures.itlMean),
        },
        seenTtftP90: middle((run) => run.seenTtftP90),
        prefixHits: middle((run) => run.prefixHits),
      };
    });
  });
}

function runOf(requests: readonly RequestRow[], bunchS: number): Run {
  const sum = (of: (request: RequestRow) => number) =>
    requests.reduce((all, request) => all + of(request), 0);
  const ttfts = requests.map(({ ttftUs }) => ttftUs! / 1e6);
  const ttft = latencyStatistics(ttfts);
  const tokens = sum(({ outputTokens }) => outputTokens);
  const firstUs = Math.min(...requests.map(({ arrivedUs }) => arrivedUs));
  const lastUs = Math.max(...requests.map(({ arrivedUs, e2eUs }) => arrivedUs + e2eUs!));
  const decodeUs = sum(({ e2eUs, ttftUs }) => e2eUs! - ttftUs!);
  return {
    figures: {
      outputTokensPerSecond: tokens / (lastUs - firstUs) * 1e6,
      ttftMean: ttft.mean!,
      ttftP90: ttft.p90!,
      itlMean: decodeUs / (tokens - requests.length) / 1e6,
    },
    seenTtftP90: latencyStatistics(seen(ttfts, bunchS)).p90!,
    prefixHits: sum((request) => request.cachedTokens) / sum((request) => request.promptTokens),
  };
}

/**
 * The measured client got its tokens in bunches: half the gaps are 0 and a tenth of them `bunchS` and
 * longer, 0.1 s where the mean is 0.03 s (its event loop was busy: llm-d-benchmark issue 261,
 * inference-perf pull requests 157 and 204). A first token waits there for its bunch.
 */
function seen(ttfts: readonly number[], bunchS: number): number[] {
  const stream = new Streams(1).stream("validation/routing/bunches");
  const wait = randomUniform.source(() => stream.uniform())(0, bunchS);
  return ttfts.map((ttft) => ttft + wait());
}

/**
 * inference-perf took a time for each line of a stream, and with a token's line comes an empty one
 * (`apis/completion.py` before it read whole events): its ITL is half of what it was.
 */
const TIMES_A_TOKEN = 2;

interface MeasuredStage {
  readonly figures: RoutingFigures;
  readonly bunchS: number;
}

function measuredRows(csv: string): Map<string, MeasuredStage> {
  const rows = csvRows(csv).filter(({ qps }) => qps !== "summary");
  return new Map(rows.map((row) => {
    const number = (name: string) => Number(row[name]);
    const figures = {
      outputTokensPerSecond: number("output_tok_s"),
      ttftMean: number("ttft_mean_s"),
      ttftP90: number("ttft_p90_s"),
      itlMean: TIMES_A_TOKEN * number("itl_mean_s"),
    };
    const bunchS = Number(row["itl_p50_p90_s"]!.split("/")[1]);
    const policy = row["policy"]!.replace(/-scheduling$/, "");
    return [`${policy} ${number("qps")}`, { figures, bunchS }];
  }));
}
