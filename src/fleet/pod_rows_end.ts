// Rows of the table of a pod's life that take it away: deleted, evicted, its node silent, lost, gone or back.

import { STORAGE_INITIALIZER } from "../kube/model_storage.ts";
import { after, finishesRequests } from "./pod_delays.ts";
import type { PodLife } from "./pod_life.ts";
import {
  LEAVING,
  PLACED,
  type PodStage,
  PREPARING,
  RUNNING,
  type Transition,
  UNPLACED,
} from "./pod_stages.ts";
import * as words from "./pod_words.ts";

export const END_ROWS: readonly Transition[] = [
  // Deletion: out of the endpoints already; the hook, then a signal, then gone when its requests are done.
  {
    ...{ from: [...RUNNING, "Killing"], on: "deleted", to: "Gone", reason: "Killing" },
    when: ({ graceUs }) => graceUs === 0,
    does: gone,
    tells: words.stopping("main"),
  },
  {
    ...{ from: [...RUNNING, "Killing"], on: "deleted", to: "PreStop", reason: "Killing" },
    tells: words.stopping("main"),
  },
  {
    ...{ from: "PreStop", to: "Stopping", reason: "PreStopHook" },
    takes: after(({ spec, graceUs }) => Math.min(spec.preStopUs, graceUs)),
    does: (life) => life.leave(),
  },
  {
    ...{ from: "Stopping", to: "Gone", reason: "Terminated" },
    takes: finishesRequests,
    does: gone,
  },
  { ...{ from: LEAVING, on: "died", to: "Gone", reason: "Terminated" }, does: gone },
  {
    ...{ from: "Downloading", on: "deleted", to: "Gone", reason: "Terminated" },
    does: gone,
    tells: words.stopping(STORAGE_INITIALIZER),
  },
  {
    ...{ from: notStarted(), on: "deleted", to: "Gone", reason: "Terminated" },
    does: gone,
  },

  // The kubelet ends it for want of something on its node; the object stays.
  {
    ...{ from: PLACED, on: "evicted", to: "Evicted", reason: "Evicted" },
    does: (life, trigger) => {
      life.evicted = trigger?.kind === "evicted" ? trigger.message : "";
      life.release();
    },
    tells: words.evicted,
  },

  // The node goes silent, is given up, and comes back without its processes or never.
  {
    ...{ from: [...PLACED, ...LEAVING], on: "nodeSilent", to: "NodeSilent", reason: "NodeSilent" },
    does: (life) => life.freeze(),
  },
  {
    ...{ from: "NodeSilent", on: "nodeLost", to: "NodeLost", reason: "NodeNotReady" },
    does: lost,
  },
  {
    ...{ from: ["NodeSilent", "NodeLost"], on: "nodeBack", to: "Gone", reason: "Terminated" },
    when: ({ deleting }) => deleting,
    does: gone,
  },
  {
    ...{
      from: ["NodeSilent", "NodeLost"],
      on: "nodeBack",
      to: "Scheduled",
      reason: "SandboxChanged",
    },
    when: ({ seenUs }) => seenUs !== undefined,
    does: (life) => life.reboot(),
    tells: words.sandboxChanged,
  },
  { ...{ from: ["NodeSilent", "NodeLost"], on: "nodeBack", to: "Scheduled", reason: "Scheduled" } },
  {
    ...{ from: ["NodeSilent", "NodeLost"], on: "nodeRemoved", to: "Gone", reason: "PodGC" },
    does: gone,
  },
];

function gone(life: PodLife): void {
  life.release();
}

/** What its containers were when the kubelet was heard last stays in the API. */
function lost(life: PodLife): void {
  life.breakConnections();
  life.ready = false;
}

/** Without a process that would have to be stopped. */
function notStarted(): PodStage[] {
  const downloading: PodStage = "Downloading";
  const waiting = PREPARING.filter((stage) => stage !== downloading);
  return [...UNPLACED, ...waiting, "Dead", "Terminated", "CrashLoopBackOff"];
}
