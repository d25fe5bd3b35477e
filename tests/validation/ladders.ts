// Closed-loop ladders (AIConfigurator's table of measured runs) as measured runs.

import type { MeasuredRequest, MeasuredRun } from "../../src/calibration/measured_run.ts";
import { Streams } from "../../src/sim/streams.ts";
import { csvRows } from "./measured_data.ts";

const GPUS: Readonly<Record<string, string>> = { h100_sxm: "H100-SXM", h200_sxm: "H200-SXM" };

/** Rows without a version are of October to December 2025. */
const VERSION = "0.11";

/**
 * What the table does not tell of its clients; rows with a date of measurement and those without are
 * by two of them. `rounds`: requests by concurrency; all of the first round come at once, and their
 * share of the mean TTFT is one in so many. `spread`: answers of exactly one length end together for
 * ever, and their users' next prompts queue behind each other; the further lengths lie apart (a share
 * of the table's either side, where answers may end early; or a few tokens, for what jitter does to
 * equal ones), the fewer prompts meet. Both were chosen, once for each client, by how the mean TTFT
 * grows with concurrency over all its rows: they say nothing of the engine, but no fold is blind to
 * them.
 */
interface Client {
  readonly rounds: number;
  spread(outputTokens: number): number;
}

const DATED: Client = { rounds: 10, spread: (outputTokens) => Math.round(0.15 * outputTokens) };
const UNDATED: Client = { rounds: 16, spread: () => 8 };

type Row = Readonly<Record<string, string>>;

export function ladderRuns(csv: string): MeasuredRun[] {
  return csvRows(csv).map((row) => ladderRun(row));
}

function ladderRun(row: Row): MeasuredRun {
  const number = (name: string) => Number(row[name]);
  const concurrency = number("concurrency");
  const [inputTokens, outputTokens] = [number("isl"), number("osl")];
  const [ttft, tpot] = [number("ttft_ms"), number("tpot_ms")];
  const id = idOf(row);
  const client = row["measured"] ? DATED : UNDATED;
  return {
    id,
    source: "ai-dynamo/aiconfigurator 095f58a",
    server: {
      model: row["model"]!,
      gpu: GPUS[row["system"]!]!,
      vllm: row["backend_version"] || VERSION,
      tensorParallel: number("tp"),
      ...(row["precision"] === "fp8" ? { quantization: "fp8" } : {}),
      maxModelLen: 2 * (inputTokens + outputTokens),
      prefixCaching: false,
    },
    workload: {
      concurrency,
      requests: requests(id, client, concurrency, inputTokens, outputTokens),
    },
    measured: {
      ttftMs: { mean: ttft },
      tpotMs: { mean: tpot },
      e2eMs: { mean: ttft + (outputTokens - 1) * tpot },
    },
  };
}

function idOf(row: Row): string {
  const [, model] = row["model"]!.split("/");
  const parts = [model, row["system"], row["precision"], row["backend_version"]];
  const shape = [`tp${row["tp"]}`, `${row["isl"]}/${row["osl"]}`];
  const load = row["concurrency"] ? `c${row["concurrency"]}` : `batch ${row["batch_size"]}`;
  return [...parts, ...shape, load].filter((part) => part).join(" ");
}

function requests(
  id: string,
  client: Client,
  concurrency: number,
  promptTokens: number,
  outputTokens: number,
): MeasuredRequest[] {
  const stream = new Streams(1).stream(`validation/${id}`);
  const spread = client.spread(outputTokens);
  return Array.from({ length: concurrency * client.rounds }, () => ({
    atUs: 0,
    promptTokens,
    outputTokens: outputTokens + stream.integer(-spread, spread),
  }));
}
