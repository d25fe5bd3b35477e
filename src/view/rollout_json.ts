// A rollout as data for programs: what its detail shows, numbers as numbers, null unknown.

import { STRATEGY_WORDS } from "../fleet/strategies.ts";
import { podCells } from "./pod_cells.ts";
import type { RolloutDetail } from "./rollout_detail.ts";

export function rolloutData(detail: RolloutDetail, nowUs: number) {
  const { name, namespace, row, status, message, setWeight, actualWeight, counts } = detail;
  return {
    ...{ name, namespace, id: row.id },
    strategy: STRATEGY_WORDS[row.strategy],
    ...{ status, message, about: row.about },
    step: row.step,
    steps: row.steps,
    setWeight: setWeight ?? null,
    actualWeight: actualWeight ?? null,
    replicas: counts,
    analyses: row.analyses,
    revisions: detail.revisions.map(({ number, name, sets }) => ({
      ...{ number, name },
      workloads: sets.map(({ object, image, desired, current, ready, available, pods }) => ({
        kind: object.kind,
        name: object.metadata.name,
        image: image ?? null,
        ...{ desired, current, ready, available },
        pods: pods.map((pod) => {
          const { ready, status } = podCells(pod, nowUs);
          return { name: pod.metadata.name, ready, status };
        }),
      })),
    })),
  };
}
