// The functions that KServe gives to its templates (kserve, config_merge.go ReplaceVariables).

import { isMap, listIn, mapIn } from "./json_shape.ts";
import { childName } from "./names.ts";
import type { Json } from "./object.ts";
import { parseQuantity } from "./quantity.ts";

type TemplateFunction = (...args: readonly (Json | undefined)[]) => string | number;

/** By name, with how many arguments each takes. `and` and `or` are the language's. */
export const TEMPLATE_FUNCTIONS: Readonly<
  Record<string, { readonly arity: number; readonly call: TemplateFunction }>
> = {
  ChildName: { arity: 2, call: (parent, suffix) => childName(String(parent), String(suffix)) },
  kvTransferConfig: { arity: 1, call: kvTransferConfig },
  shutdownTimeout: { arity: 2, call: shutdownTimeout },
};

const DEFAULT_GRACE_SECONDS = 60;
/** For signals and the last of the cleaning up. */
const RESERVED_SECONDS = 5;

/** Seconds that vLLM has for its requests: the grace period without the sleep before it. */
function shutdownTimeout(pod: Json | undefined, preStop: Json | undefined): number {
  const told = isMap(pod) ? pod["terminationGracePeriodSeconds"] : undefined;
  const grace = typeof told === "number" ? told : DEFAULT_GRACE_SECONDS;
  return Math.max(0, grace - Number(preStop) - Math.min(RESERVED_SECONDS, grace));
}

/**
 * The flag by which vLLM keeps KV blocks in memory and on disks; nothing without such a spec. Its
 * quotation marks are for a shell's text in a JSON text.
 */
function kvTransferConfig(offloading: Json | undefined): string {
  const cpu = isMap(offloading) ? parseQuantity(offloading["cpu"]) : undefined;
  if (!isMap(offloading) || cpu === undefined) return "";
  const tiers = listIn(offloading, "secondary").flatMap((tier, index) =>
    mapIn(tier, "fileSystem") ? [{ root_dir: `/mnt/kv-cache-${index}`, type: "fs" }] : []
  );
  // Keys in the order of the alphabet, as Go writes a map.
  const config = {
    kv_connector: "OffloadingConnector",
    kv_connector_extra_config: {
      cpu_bytes_to_use: Math.ceil(cpu),
      // The API server's default.
      eviction_policy: offloading["evictionPolicy"] ?? "lru",
      ...(tiers.length > 0 && { secondary_tiers: tiers }),
      spec_name: "TieringOffloadingSpec",
    },
    kv_role: "kv_both",
  };
  return `--kv-transfer-config '${JSON.stringify(config).replaceAll('"', '\\\\\\"')}'`;
}
