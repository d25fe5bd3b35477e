// Whether a service's engines plan each step while the one before it runs; not what comes of it.

import type { ServingPlan } from "../fleet/engine_limits.ts";
import { type LLMInferenceService, mainContainer } from "../kube/llm_inference_service.ts";
import type { EngineFlags } from "./engine_flags.ts";

/** vLLM's first minor version, of 0, that does so by default (vllm-project/vllm#27614; v0.14.0, January 2026). */
const FIRST_BY_DEFAULT = 14;

/** Speculation for which it is on by default (`EagleModelTypes` in vllm/config/speculative.py). */
const DRAFTED_AHEAD: readonly string[] = ["eagle", "mtp"];

/**
 * As vLLM decides (`VllmConfig.__post_init__`): by `--async-scheduling` and `--no-async-scheduling`,
 * else yes from 0.14 on, but for speculation other than by EAGLE and MTP (vllm-project/vllm#31998).
 * N-grams cannot be had with it, a draft model by the flag only. Never with pipeline stages: 0.14 has
 * it off there; that later versions plan ahead with them (vllm-project/vllm#32359) is not simulated, as
 * a step here is a cycle of all stages.
 */
export function asyncSchedulingOf(
  service: LLMInferenceService,
  { pipelineParallel = 1, speculative }: Pick<ServingPlan, "pipelineParallel" | "speculative">,
  flags: EngineFlags,
): boolean {
  if (flags.has("no-async-scheduling") || pipelineParallel > 1) return false;
  const isAsked = flags.has("async-scheduling");
  if (speculative && !DRAFTED_AHEAD.includes(speculative.method)) {
    if (isAsked && speculative.method === "ngram") {
      flags.fail(
        "ValueError: Currently, async scheduling is only supported with EAGLE/MTP kind of " +
          "speculative decoding.",
      );
    }
    return isAsked;
  }
  return isAsked || !isOlder(mainContainer(service.spec)?.image);
}

/** By the tag of vLLM's own images; those of others number their releases, not vLLM's. */
function isOlder(image = ""): boolean {
  const [, minor] = /(?:^|\/)vllm-openai(?:-\w+)*:v?0\.(\d+)/.exec(image) ?? [];
  return minor !== undefined && Number(minor) < FIRST_BY_DEFAULT;
}
