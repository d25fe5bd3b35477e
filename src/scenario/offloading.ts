// How much host memory a service's engines have for keys and values; not what they do with it.

import type { LLMInferenceService } from "../kube/llm_inference_service.ts";
import type { EngineFlags } from "./engine_flags.ts";

const FIELD = "spec.kvCacheOffloading";

/** Kubernetes' suffixes of quantities of memory (`resource.Quantity`). */
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * Bytes of each engine, of all its GPUs together, as `cpu_bytes_to_use` of vLLM's OffloadingConnector
 * counts them: what the service's `kvCacheOffloading.cpu` says, which KServe hands to that connector,
 * else `--kv-offloading-size` in GiB.
 */
export function offloadBytesOf(
  { spec }: LLMInferenceService,
  flags: EngineFlags,
): number | undefined {
  const field = spec["kvCacheOffloading"];
  const bytes = field === undefined ? bytesOfFlags(flags) : bytesOfField(field, flags);
  if (bytes !== undefined && flags.has("no-enable-prefix-caching")) {
    flags.refuse("KV-cache offloading without prefix caching is not modelled yet");
  }
  return bytes;
}

function bytesOfFlags(flags: EngineFlags): number | undefined {
  const gib = flags.size("kv-offloading-size");
  if (gib === undefined) return undefined;
  flags.oneOf("kv-offloading-backend", ["native"]);
  return gib * 2 ** 30;
}

function bytesOfField(field: unknown, flags: EngineFlags): number | undefined {
  const { cpu, evictionPolicy = "lru", secondary } = (field ?? {}) as Record<string, unknown>;
  if (evictionPolicy !== "lru") {
    const reason = `the eviction policy ${JSON.stringify(evictionPolicy)} is not modelled yet`;
    flags.refuse(reason, `${FIELD}.evictionPolicy`);
  }
  if (Array.isArray(secondary) && secondary.length > 0) {
    flags.refuse("KV-cache offloading beyond the host's memory is not modelled yet", FIELD);
  }
  if (cpu === undefined || cpu === null) {
    flags.fail(`${FIELD}.cpu: Required value`, FIELD);
    return undefined;
  }
  const bytes = bytesOfQuantity(cpu);
  if (bytes !== undefined) return bytes;
  const problem = `Cannot read "${String(cpu)}" as memory above 0, such as 10Gi`;
  flags.fail(problem, `${FIELD}.cpu`);
  return undefined;
}

/** Above 0; undefined for what is no such quantity. */
function bytesOfQuantity(quantity: unknown): number | undefined {
  if (typeof quantity !== "string" && typeof quantity !== "number") return undefined;
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)([kMGT]|[KMGT]i)?$/.exec(String(quantity)) ??
    [];
  const bytes = Number(digits) * UNITS[unit]!;
  return bytes > 0 ? bytes : undefined;
}
