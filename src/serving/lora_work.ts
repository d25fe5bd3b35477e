// What LoRA adapters add to a step on each GPU: bytes read and FLOPs; it knows no coefficient.

import { bytesPerWeight, type ModelFacts } from "./models.ts";

export interface LoraWork {
  /** Bytes of one adapter that a GPU reads. */
  readonly adapterBytes: number;
  /** FLOPs a token on a GPU. */
  readonly tokenFlops: number;
  /** Kernels of a whole step. */
  readonly kernels: number;
}

/** Shrink and expand of the four matrices that vLLM packs: qkv, output, gate-up, down. */
const KERNELS_PER_LAYER = 8;

/**
 * A pair of matrices, in × rank and rank × out, for every matrix of attention and of the dense
 * feed-forward (not the routed experts, which adapters seldom have). Source: vLLM's documentation of
 * `fully_sharded_loras`: by default only half of the computation is divided over the
 * tensor-parallel GPUs. Where the layer divides its output (query, key, value, gate, up) that is the
 * second matrix, where it divides its input (output, down) the first. The weights are in the
 * model's dtype (`lora_dtype` auto).
 */
export function loraWork(model: ModelFacts, rank: number, tensorParallel: number): LoraWork {
  const { hidden, layers, experts, latent } = model;
  const dense = layers - (experts?.layers ?? 0);
  const [toHeads, fromHeads] = headWidths(model);
  const gates = (model.feedForwardMatrices ?? 3) - 1;
  const byOutput = [
    ...toHeads.map((width) => ({ layers, width })),
    ...Array.from({ length: gates }, () => ({ layers: dense, width: model.feedForward })),
  ];
  const byInput = [{ layers, width: fromHeads }, { layers: dense, width: model.feedForward }];
  const elements = [...byOutput, ...byInput]
    .reduce((sum, { layers, width }) => sum + layers * rank * (hidden + width / tensorParallel), 0);
  // Latent attention compresses the keys and values before it divides them: that part is whole.
  const whole = latent ? layers * rank * (hidden + latent.kvRank + latent.ropeHeadSize) : 0;
  return {
    adapterBytes: (elements + whole) * bytesPerWeight(model.dtype),
    tokenFlops: 2 * (elements + whole),
    kernels: KERNELS_PER_LAYER * layers,
  };
}

/** Widths of what attention projects the hidden state to, and of what it projects back. */
function headWidths({ heads, kvHeads, headSize, latent }: ModelFacts): [number[], number] {
  if (!latent) {
    return [[heads * headSize, kvHeads * headSize, kvHeads * headSize], heads * headSize];
  }
  const { nopeHeadSize, ropeHeadSize, valueHeadSize } = latent;
  return [[heads * (nopeHeadSize + ropeHeadSize)], heads * valueHeadSize];
}
