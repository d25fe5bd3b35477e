// The life of a pod as a table: from where to where, after how long, why, and what Kubernetes says of it.
//
// It reads like kwok's stages. A row without `on` comes about by itself once its delay is over; of those
// from one stage the first whose `when` holds is taken. A row with `on` answers what comes from outside:
// where there is none for it, it changes nothing.

import { STORAGE_INITIALIZER } from "../kube/model_storage.ts";
import { formatDuration } from "../sim/duration.ts";
import { type Process, sleep, wait } from "../sim/process.ts";
import { isReference } from "./image_reference.ts";
import { endingOf, type PodLife } from "./pod_life.ts";
import {
  LEAVING,
  PLACED,
  type PodStage,
  PREPARING,
  RUNNING,
  STARTING,
  type Transition,
  type Trigger,
  UNPLACED,
} from "./pod_stages.ts";
import * as words from "./pod_words.ts";
import { TIMINGS } from "./timings.ts";

const after = (us: (life: PodLife) => number) => (life: PodLife): Process => sleep(us(life));

const exits = (life: PodLife, trigger: Trigger | undefined) => life.end(endingOf(trigger));

const gone = (life: PodLife) => life.release();

export const TRANSITIONS: readonly Transition[] = [
  // The scheduler.
  {
    ...{ from: "Pending", to: "Scheduled", reason: "Scheduled" },
    when: ({ node }) => node !== undefined,
    tells: words.scheduled,
  },
  {
    ...{ from: "Pending", to: "Unschedulable", reason: "Unschedulable" },
    tells: words.failedScheduling,
  },
  { ...{ from: "Unschedulable", to: "Pending", reason: "QueueingHint" }, takes: untilNews },

  // The kubelet: sidecars, the init container that KServe puts behind them, then images. Nothing happens on a node that is lost, known or not.
  {
    ...{ from: "Scheduled", to: "NodeSilent", reason: "NodeSilent" },
    when: ({ node }) => node!.lost,
  },
  {
    ...{ from: "Scheduled", to: "Downloading", reason: "PodInitializing" },
    when: (life) => life.toDownload,
    does: (life) => {
      life.admit();
      life.startSidecars();
      life.beginInit();
    },
    tells: (life) => [...words.sidecarsStarted(life), ...words.initStarted()],
  },
  {
    ...{ from: "Scheduled", to: "ImageNeeded", reason: "ContainerCreating" },
    does: (life) => {
      life.admit();
      life.startSidecars();
      life.wantImages();
    },
    tells: words.sidecarsStarted,
  },
  {
    ...{ from: "Downloading", to: "ImageNeeded", reason: "Initialized" },
    takes: (life) => life.download(),
    does: (life) => {
      life.endInit();
      life.wantImages();
    },
  },
  {
    ...{ from: "Downloading", on: "initFailed", to: "InitError", reason: "Error" },
    does: (life, trigger) => life.endInit(endingOf(trigger)),
  },
  {
    ...{ from: "InitError", to: "InitCrashLoopBackOff", reason: "CrashLoopBackOff" },
    when: ({ initCrashes }) => initCrashes > 1,
    takes: after(() => TIMINGS.waitShownUs),
    tells: words.backsOff(STORAGE_INITIALIZER),
  },
  {
    ...{ from: "InitError", to: "Downloading", reason: "Restarting" },
    does: (life) => life.beginInit(),
    tells: words.initStarted,
  },
  {
    ...{ from: "InitCrashLoopBackOff", to: "Downloading", reason: "PodInitializing" },
    takes: after(({ initBackOffUs }) => initBackOffUs - TIMINGS.waitShownUs),
    does: (life) => life.beginInit(),
    tells: words.initStarted,
  },
  {
    ...{ from: "ImageNeeded", to: "ImageReady", reason: "Pulled" },
    when: ({ imagePresent }) => imagePresent,
    tells: words.imagePresent,
  },
  {
    ...{ from: "ImageNeeded", to: "InvalidImageName", reason: "InvalidImageName" },
    when: ({ image }) => !isReference(image.reference),
    tells: words.noReference,
  },
  { ...{ from: "ImageNeeded", to: "Pulling", reason: "Pulling" }, tells: words.pulling },
  {
    ...{ from: "Pulling", to: "ErrImagePull", reason: "ErrImagePull" },
    when: ({ imageProblem }) => imageProblem !== undefined,
    tells: words.pullFailed,
  },
  {
    ...{ from: "Pulling", to: "ImageReady", reason: "Pulled" },
    takes: (life) => life.pull(),
    tells: words.pulled,
  },
  {
    ...{ from: "ErrImagePull", to: "ImagePullBackOff", reason: "ImagePullBackOff" },
    takes: after(() => TIMINGS.syncUs),
    tells: words.pullBacksOff,
  },
  {
    ...{ from: "ImagePullBackOff", to: "Pulling", reason: "Pulling" },
    takes: (life) => life.pullBackOff(),
    tells: words.pulling,
  },
  {
    ...{ from: "ImageReady", to: "ImageNeeded", reason: "Pulled" },
    when: ({ moreImages }) => moreImages,
    does: (life) => life.nextImage(),
  },
  {
    ...{ from: "ImageReady", to: "Importing", reason: "Started" },
    does: (life) => {
      life.start();
      life.enterPhase("importing");
    },
    tells: words.started,
  },

  // The server comes up; what it cannot do it dies of, and the startup probe's patience is limited.
  {
    ...{ from: "Importing", to: "Loading", reason: "Importing" },
    takes: (life) => life.import(),
    does: (life) => {
      life.build();
      life.enterPhase("loading");
    },
  },
  {
    ...{ from: "Loading", to: "Dead", reason: "Error" },
    when: ({ cannotStart }) => cannotStart?.beforeLoading === true,
    does: cannotStart,
  },
  {
    ...{ from: "Loading", to: "Dead", reason: "Error" },
    when: ({ cannotStart }) => cannotStart !== undefined,
    takes: (life) => life.loadWeights(),
    does: cannotStart,
  },
  {
    ...{ from: "Loading", to: "Initialising", reason: "Loading" },
    takes: (life) => life.loadWeights(),
    does: (life) => life.enterPhase("initialising"),
  },
  {
    ...{ from: "Initialising", to: "Answering", reason: "Initialising" },
    takes: after(({ template }) => template.startup.initUs),
  },
  {
    ...{ from: "Answering", to: "Started", reason: "StartupProbe" },
    takes: (life) => life.startupPasses(),
    does: (life) => void (life.started = true),
  },
  {
    ...{ from: "Started", to: "Ready", reason: "ReadinessProbe" },
    takes: (life) => life.readinessPasses(),
    does: (life) => life.open(),
  },
  {
    ...{ from: STARTING, on: "startupFailed", to: "Killing", reason: "Unhealthy" },
    does: (life) => {
      life.killed = {
        ...SIGNALLED,
        message: `startup probe failed for ${formatDuration(life.startupBudgetUs)}`,
      };
    },
    tells: words.startupFailed,
  },

  // Readiness, and a server that hangs.
  {
    ...{ from: "Ready", on: "readinessFailed", to: "ReadinessFailing", reason: "Unhealthy" },
    when: ({ spec }) => spec.probes.readiness !== undefined,
    does: (life) => void (life.sinceUs = life.nowUs),
  },
  {
    ...{ from: "ReadinessFailing", on: "readinessPassed", to: "Ready", reason: "ReadinessProbe" },
  },
  {
    ...{ from: "ReadinessFailing", to: "NotReady", reason: "Unhealthy" },
    takes: (life) => life.readinessFails(),
    does: (life) => life.leave(),
    tells: words.readinessFailed,
  },
  {
    ...{
      from: "NotReady",
      on: "readinessPassed",
      to: "ReadinessPassing",
      reason: "ReadinessProbe",
    },
  },
  { ...{ from: "ReadinessPassing", on: "readinessFailed", to: "NotReady", reason: "Unhealthy" } },
  {
    ...{ from: "ReadinessPassing", to: "Ready", reason: "ReadinessProbe" },
    takes: (life) => life.readinessPassesAgain(),
    does: (life) => life.join(),
  },
  {
    ...{ from: ["Ready", "ReadinessFailing"], on: "stalled", to: "Hung", reason: "Hung" },
    does: (life) => life.stall(),
  },
  {
    ...{
      from: ["NotReady", "ReadinessPassing"],
      on: "stalled",
      to: "HungNotReady",
      reason: "Hung",
    },
    does: (life) => life.stall(),
  },
  {
    ...{ from: "Hung", to: "HungNotReady", reason: "Unhealthy" },
    when: ({ unreadyBeforeKilled }) => unreadyBeforeKilled,
    takes: (life) => life.readinessFails(),
    does: (life) => life.leave(),
    tells: words.readinessFailed,
  },
  {
    ...{ from: ["Hung", "HungNotReady"], to: "Killing", reason: "Unhealthy" },
    when: ({ isKilled }) => isKilled,
    takes: (life) => life.livenessFails(),
    does: (life) => {
      life.leave();
      life.killed = KILLED_HARD;
    },
    tells: words.livenessFailed,
  },
  // A process that comes up stops when it is told to, after the hook; one that hangs hears nothing.
  {
    ...{ from: "Killing", to: "Terminated", reason: "Killing" },
    takes: after(({ hung, spec }) => hung ? spec.graceUs : Math.min(spec.preStopUs, spec.graceUs)),
    does: (life) => {
      life.end(life.killed!);
      life.notice();
    },
  },

  // A process that ends, and its back-off.
  { ...{ from: [...RUNNING, "Killing"], on: "died", to: "Dead", reason: "Error" }, does: exits },
  {
    ...{ from: "Dead", to: "Terminated", reason: "ContainerDied" },
    takes: after(() => TIMINGS.deathNoticedUs),
    does: (life) => life.notice(),
  },
  {
    ...{ from: "Terminated", to: "CrashLoopBackOff", reason: "CrashLoopBackOff" },
    when: ({ backsOff }) => backsOff,
    takes: after(() => TIMINGS.waitShownUs),
    tells: words.backsOff("main"),
  },
  {
    ...{ from: "Terminated", to: "ImageNeeded", reason: "Restarting" },
    does: (life) => life.wantImages(),
  },
  {
    ...{ from: "CrashLoopBackOff", to: "ImageNeeded", reason: "Restarting" },
    takes: after(({ backOffUs }) => backOffUs - TIMINGS.waitShownUs),
    does: (life) => life.wantImages(),
  },

  // Deletion: out of the endpoints already; the hook, then a signal, then gone when its requests are done.
  {
    ...{ from: [...RUNNING, "Killing"], on: "deleted", to: "PreStop", reason: "Killing" },
    tells: words.stopping("main"),
  },
  {
    ...{ from: "PreStop", to: "Stopping", reason: "PreStopHook" },
    takes: after(({ spec }) => Math.min(spec.preStopUs, spec.graceUs)),
    does: (life) => life.leave(),
  },
  {
    ...{ from: "Stopping", to: "Gone", reason: "Terminated" },
    takes: (life) => life.finishRequests(),
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

/** A server that is told to stop while it comes up has no handler yet: 128 + SIGTERM. */
const SIGNALLED = { word: "Error", exitCode: 143 } as const;
/** 128 + SIGKILL, when the grace is over. */
const KILLED_HARD = { word: "Error", exitCode: 137 } as const;

/** Until it was placed, or the scheduler has other words for why it cannot be. */
function* untilNews(life: PodLife): Process {
  do {
    yield* wait(life.host.nodes.retry(life.placing));
  } while (!life.place());
}

function cannotStart(life: PodLife): void {
  life.end({ word: "Error", exitCode: 1, message: life.cannotStart!.cannotStart });
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
