// Which LoRA adapters a service has, and how many its engines have room for.

import type { ServingPlan } from "../fleet/engine_limits.ts";
import type { LLMInferenceService } from "../kube/llm_inference_service.ts";
import { loraWork } from "../serving/lora_work.ts";
import type { EngineFlags } from "./engine_flags.ts";

/** vLLM's `LoRAConfig`: defaults of `--max-loras` and `--max-lora-rank`, and the ranks that it takes. */
const DEFAULT_SLOTS = 1;
const DEFAULT_RANK = 16;
const RANKS: readonly number[] = [1, 8, 16, 32, 64, 128, 256, 320, 512];

/**
 * KServe passes `spec.model.lora` on as `--enable-lora` with `--max-loras`, `--max-lora-rank` and
 * `--max-cpu-loras`. Absent where neither is there. Adapters are fetched with the model; how long one
 * takes from the host's memory into its slot is not simulated.
 */
export function lorasOf(
  service: LLMInferenceService,
  flags: EngineFlags,
): ServingPlan["lora"] {
  const lora = service.spec.model["lora"] as Readonly<Record<string, unknown>> | undefined;
  if (lora === undefined && !flags.has("enable-lora")) return undefined;
  const numberOf = (field: string, flag: string): number | undefined => {
    const value = lora?.[field];
    if (value === undefined) return flags.count(flag);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
    const path = `spec.model.lora.${field}`;
    flags.fail(`Cannot read ${path} of "${flags.service}": it is no whole number from 1`, path);
    return undefined;
  };
  const slots = numberOf("maxAdapters", "max-loras") ?? DEFAULT_SLOTS;
  const rank = numberOf("maxRank", "max-lora-rank") ?? DEFAULT_RANK;
  const onCpu = numberOf("maxCpuAdapters", "max-cpu-loras") ?? slots;
  if (onCpu < slots) {
    flags.fail(
      `ValueError: max_cpu_loras (${onCpu}) must be >= max_loras (${slots})`,
      lora && "spec.model.lora",
    );
  }
  if (!RANKS.includes(rank)) {
    flags.fail(
      `Cannot start "${flags.service}" with max_lora_rank ${rank}: vLLM takes ${RANKS.join(", ")}`,
      lora && "spec.model.lora",
    );
  }
  return { slots, rank };
}

/** The names under which a service's adapters are asked for; undefined where its object names none. */
export function adapterNames({ spec }: LLMInferenceService): string[] | undefined {
  const lora = spec.model["lora"] as { readonly adapters?: unknown } | undefined;
  if (!Array.isArray(lora?.adapters)) return undefined;
  return lora.adapters.flatMap((adapter: { name?: unknown } | null) =>
    typeof adapter?.name === "string" ? [adapter.name] : []
  );
}

/**
 * Bytes of the adapters that are downloaded beside the model, all of the largest rank the service takes:
 * what each one's own rank is, its object does not say.
 */
export function adapterBytesOf(
  { spec }: LLMInferenceService,
  serving: Pick<ServingPlan, "model" | "lora"> | undefined,
): number {
  const { adapters } = (spec.model["lora"] ?? {}) as { readonly adapters?: unknown };
  if (!serving?.lora || !Array.isArray(adapters)) return 0;
  const fetched = adapters.filter((adapter: { uri?: unknown } | null) =>
    typeof adapter?.uri === "string" && !adapter.uri.startsWith("pvc://")
  );
  return fetched.length * loraWork(serving.model, serving.lora.rank, 1).adapterBytes;
}
