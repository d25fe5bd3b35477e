// Google's Gemma models.
//
// Source: config.json of each first repository, checked against what others print of it: Lightning
// AI's litgpt 0006c97, `litgpt/config.py` (shapes and windows), copies on Hugging Face (Gemma 3:
// positions, vocabulary of 4B and 12B) and the parameters that Hugging Face counts.

import type { ModelFacts } from "../model_facts.ts";
import { gated } from "./shape.ts";

/** Every second layer of Gemma 2 attends to 4,096 tokens (arXiv 2408.00118, table 1). */
function gemma2(
  shape: readonly [number, number, number, number, number],
  headSize: number,
  repositories: readonly string[],
): ModelFacts {
  const slidingWindow = { tokens: 4096, layers: shape[0] / 2 };
  return gated(shape, 256_000, 8192, repositories, {
    headSize,
    tiedEmbeddings: true,
    slidingWindow,
  });
}

/**
 * Weights of Gemma 3's vision tower, SigLIP of 27 layers (`vision_config`: hidden 1,152, feed-forward
 * 4,304, 4,096 patches of 14 × 14 pixels), with its biases and norms.
 */
const SIGLIP = 416_866_032;

/** Five of six layers of Gemma 3 attend to 1,024 tokens (arXiv 2503.19786, §2). */
function gemma3(
  shape: readonly [number, number, number, number, number],
  headSize: number,
  repositories: readonly string[],
): ModelFacts {
  const [layers, hidden] = shape;
  return gated(shape, 262_208, 131_072, repositories, {
    headSize,
    tiedEmbeddings: true,
    slidingWindow: { tokens: 1024, layers: layers - Math.floor(layers / 6) },
    // The projector is one matrix, from the tower's width of 1,152.
    besideDecoder: SIGLIP + 1152 * hidden,
  });
}

/** Rows: layers, hidden, heads, KV heads, feed-forward; width of a head. */
export const GEMMA: readonly ModelFacts[] = [
  gemma2([26, 2304, 8, 4, 9216], 256, ["google/gemma-2-2b-it", "google/gemma-2-2b"]),
  gemma2([42, 3584, 16, 8, 14_336], 256, ["google/gemma-2-9b-it", "google/gemma-2-9b"]),
  gemma2([46, 4608, 32, 16, 36_864], 128, ["google/gemma-2-27b-it", "google/gemma-2-27b"]),
  // The smallest Gemma 3 reads no images and has a shorter window.
  gated([26, 1152, 4, 1, 6912], 262_144, 32_768, [
    "google/gemma-3-1b-it",
    "google/gemma-3-1b-pt",
  ], { headSize: 256, tiedEmbeddings: true, slidingWindow: { tokens: 512, layers: 22 } }),
  gemma3([34, 2560, 8, 4, 10_240], 256, ["google/gemma-3-4b-it", "google/gemma-3-4b-pt"]),
  gemma3([48, 3840, 16, 8, 15_360], 256, ["google/gemma-3-12b-it", "google/gemma-3-12b-pt"]),
  gemma3([62, 5376, 32, 16, 21_504], 128, ["google/gemma-3-27b-it", "google/gemma-3-27b-pt"]),
];
