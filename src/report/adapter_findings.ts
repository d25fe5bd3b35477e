// LoRA adapters that take turns at a service's servers, while those have room for all of them.

import type { FleetState } from "../fleet/state.ts";
import { lastOfEachSecond } from "../fleet/window_seconds.ts";
import { PPM } from "../metrics/names.ts";
import { adapterNames, lorasOf } from "../scenario/adapters.ts";
import { EngineFlags } from "../scenario/engine_flags.ts";
import type { ServiceRow } from "../view/fleet_table.ts";
import { formatPpm } from "../view/format.ts";
import type { Member } from "../view/members.ts";
import { LASTING_SECONDS, type Thresholds } from "../view/thresholds.ts";
import { effectiveService } from "./effective_service.ts";
import type { Finding } from "./findings.ts";

const MINUTE_US = 60_000_000;

/**
 * Requests waited for half of the last minute, with or without a break, and the KV cache has room: a
 * batch holds no more different adapters than `--max-loras`, and the service has more.
 */
export function adapterFindings(
  state: FleetState,
  nowUs: number,
  { namespace, name, kvPpm }: ServiceRow,
  { revision }: Member,
  { kvCacheUsage }: Thresholds,
): Finding[] {
  if (kvPpm === undefined || kvPpm / PPM >= kvCacheUsage.warn) return [];
  const seconds =
    lastOfEachSecond(revision.recent).filter(({ at, pods }) =>
      at > nowUs - MINUTE_US && pods.waiting.some((waiting) => waiting > 0)
    ).length;
  if (seconds < LASTING_SECONDS) return [];
  const service = effectiveService(state, namespace, name);
  if (!service) return [];
  const adapters = adapterNames(service)?.length ?? 0;
  const slots = lorasOf(service, new EngineFlags(service, (field) => field))?.slots;
  if (slots === undefined || adapters <= slots) return [];
  const message = `requests waited in ${seconds} of the last 60 s beside a KV cache of ` +
    `${formatPpm(kvPpm)}: it has ${adapters} adapters, and a batch holds ${slots} of them`;
  return [{ object: `llmisvc/${name}`, others: 0, reason: "AdapterSlotsShort", message }];
}
