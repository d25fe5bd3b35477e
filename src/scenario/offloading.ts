// How much host memory a service's engines have for keys and values; not what they do with it.

import type { LLMInferenceService } from "../kube/llm_inference_service.ts";
import { parseQuantity } from "../kube/quantity.ts";
import type { EngineFlags } from "./engine_flags.ts";

const FIELD = "spec.kvCacheOffloading";

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
  const bytes = parseQuantity(cpu) ?? 0;
  if (bytes >= 1) return bytes;
  const problem = `Cannot read "${String(cpu)}" as memory above 0, such as 10Gi`;
  flags.fail(problem, `${FIELD}.cpu`);
  return undefined;
}
