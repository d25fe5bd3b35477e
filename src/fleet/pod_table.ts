// The life of a pod as a table: from where to where, after how long, why, and what Kubernetes says of it.
//
// It reads like kwok's stages. A row without `on` comes about by itself once its delay is over; of those
// from one stage the first whose `when` holds is taken. A row with `on` answers what comes from outside:
// where there is none for it, it changes nothing.

import type { PodLife } from "./pod_life.ts";
import { END_ROWS } from "./pod_rows_end.ts";
import { SERVER_ROWS } from "./pod_rows_server.ts";
import { START_ROWS } from "./pod_rows_start.ts";
import type { PodStage, Transition, Trigger } from "./pod_stages.ts";

export const TRANSITIONS: readonly Transition[] = [...START_ROWS, ...SERVER_ROWS, ...END_ROWS];

const SPONTANEOUS = new Map<PodStage, readonly Transition[]>();
const TRIGGERED = new Map<string, readonly Transition[]>();

for (const row of TRANSITIONS) {
  const stages: readonly PodStage[] = typeof row.from === "string" ? [row.from] : row.from;
  for (const stage of stages) {
    if (row.on === undefined) {
      SPONTANEOUS.set(stage, [...SPONTANEOUS.get(stage) ?? [], row]);
    } else {
      const key = `${stage} ${row.on}`;
      TRIGGERED.set(key, [...TRIGGERED.get(key) ?? [], row]);
    }
  }
}

/** What comes about by itself; undefined: nothing, until something comes from outside. */
export function nextRow(life: PodLife): Transition | undefined {
  return SPONTANEOUS.get(life.stage)?.find(({ when }) => when?.(life) ?? true);
}

/** What a trigger does in its stage; undefined: nothing. */
export function rowOn(life: PodLife, trigger: Trigger): Transition | undefined {
  return TRIGGERED.get(`${life.stage} ${trigger.kind}`)?.find(({ when }) => when?.(life) ?? true);
}
