// Which measured runs are fitted to and held out together, and which stand apart; fixed before any fit.

import type { MeasuredRun } from "../../src/calibration/measured_run.ts";
import { servedBy } from "../../src/calibration/served.ts";
import { BLOCK_TOKENS } from "../../src/serving/capacity.ts";
import { ladderRuns } from "./ladders.ts";
import { readMeasured } from "./measured_data.ts";
import { stageRuns } from "./stages.ts";

/** All runs on Hopper; the vector of its generation is fitted to those that do not stand apart. */
export function hopperRuns(folder: string): MeasuredRun[] {
  return [
    ...ladderRuns(readMeasured(folder, "vllm-closed-loop-ladders.csv")),
    ...stageRuns(readMeasured(folder, "vllm-0.15-h100-stages.csv")),
  ];
}

/** A fold is a model: all its runs are held out at once, whatever their precision or GPU. */
export function foldOf({ server }: MeasuredRun): string {
  const [, name = ""] = server.model.split("/");
  // The same weights under two names.
  return name.toLowerCase().replace(/-hf$/, "").replace(/-instruct$/, "");
}

/** Sequences so near to `max-num-seqs` that a little more or less load decides whether they queue. */
const NEARLY_FULL = 0.95;

/**
 * Why a run is neither fitted to nor counted in the medians; undefined for the others. What does not
 * fit into the KV cache (or the batch) queues, by how much depends on what a run does not tell.
 */
export function apartBecause(run: MeasuredRun): string | undefined {
  const { workload: { concurrency, requests }, measured } = run;
  if (Number.isNaN(concurrency)) return "its concurrency is not recorded";
  const { limits } = servedBy(run.server);
  if (concurrency === undefined) {
    const span = requests.at(-1)!.atUs - requests[0]!.atUs;
    const inFlight = (requests.length - 1) / span * 1e3 * measured.e2eMs!.mean!;
    return inFlight > NEARLY_FULL * limits.maxNumSeqs ? "past the knee" : undefined;
  }
  if (concurrency >= CONTRADICTED) return "its TPOT is below that of lower concurrencies";
  const longest = Math.max(...requests.map((each) => each.promptTokens + each.outputTokens));
  return concurrency * longest > limits.kvBlocks * BLOCK_TOKENS ? "past the knee" : undefined;
}

/** gpt-oss-120b at 512: a TPOT of 5.6 ms where 64 at a time have 14.8. */
const CONTRADICTED = 512;
