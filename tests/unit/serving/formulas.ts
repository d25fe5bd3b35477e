// Quantities that a test works out beside the program: of a whole replica, of one transfer, of one request.
import { BLOCK_TOKENS, blocksOf, kvGroups } from "../../../src/serving/capacity.ts";
import type { Link } from "../../../src/serving/links.ts";
import {
  bytesPerWeight,
  everyTokenBytes,
  expectedExperts,
  expertWeights,
  type ModelFacts,
} from "../../../src/serving/models.ts";

/**
 * Blocks that a request holds while it decodes with `tokens` of context, the new one among them: a
 * group with a window has given back whole blocks before it (`SlidingWindowManager`'s
 * `remove_skipped_blocks`).
 */
export function heldBlocks(model: ModelFacts, tokens: number): number {
  const groups = kvGroups(model);
  const all = blocksOf(tokens);
  const skipped = Math.max(tokens - (model.slidingWindow?.tokens ?? tokens), 0);
  return groups.full * all + groups.window * (all - Math.floor(skipped / BLOCK_TOKENS));
}

/** Bytes of the layers' weights that a step of so many tokens is expected to read. */
export function weightBytesRead(model: ModelFacts, tokens: number): number {
  const { experts } = model;
  if (!experts) return everyTokenBytes(model);
  const expertBytes = expertWeights(model, experts) * bytesPerWeight(experts.precision);
  return everyTokenBytes(model) + experts.layers * expectedExperts(experts, tokens) * expertBytes;
}

/** How long `bytes` take on a link that nothing else uses, in whole µs. */
export function transferUs({ gigabytesPerSecond, latencyUs }: Link, bytes: number): number {
  // A GB/s is 1000 bytes a µs.
  return latencyUs + Math.ceil(bytes / (gigabytesPerSecond * 1000));
}
