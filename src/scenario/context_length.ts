// Which context length a service asks vLLM for, and whether its model has so many positions.

import { type LLMInferenceService, mainContainer } from "../kube/llm_inference_service.ts";
import type { ModelFacts } from "../serving/models.ts";
import type { EngineFlags } from "./engine_flags.ts";

const FLAG = "max-model-len";
const OVERRIDE = "VLLM_ALLOW_LONG_MAX_MODEL_LEN";

/** `--max-model-len` in tokens; absent, or `auto`, which is refused, the model's positions count. */
export function contextLengthOf(flags: EngineFlags): number | undefined {
  const text = flags.raw(FLAG);
  if (text !== "auto" && text !== "-1") return flags.tokens(FLAG);
  flags.refuse(
    `--${FLAG} ${text}, the longest that fits the memory, is not modelled yet; give it in tokens`,
  );
  return undefined;
}

/** vLLM's words for a context beyond the model's positions (`_get_and_verify_max_len`). */
export function checkContextLength(
  service: LLMInferenceService,
  { maxPositions }: ModelFacts,
  length: number | undefined,
  flags: EngineFlags,
): void {
  if (length === undefined || length <= maxPositions || isOverridden(service)) return;
  flags.fail(
    `ValueError: User-specified max_model_len (${length}) is greater than the derived max_model_len ` +
      `(max_position_embeddings=${maxPositions} or model_max_length=None in model's config.json). ` +
      `To allow overriding this maximum, set the env var ${OVERRIDE}=1.`,
  );
}

/** As vLLM reads it (`envs.py`). */
function isOverridden({ spec }: LLMInferenceService): boolean {
  const value = mainContainer(spec)?.env?.find(({ name }) => name === OVERRIDE)?.value ?? "0";
  return ["1", "true"].includes(value.trim().toLowerCase());
}
