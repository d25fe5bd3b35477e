// Rows of the table of a pod's life while its server comes up, serves, hangs and ends, and its back-off.

import { formatDuration } from "../sim/duration.ts";
import { refusedWhenUp } from "./pod_build.ts";
import { after, imports, initialises, loadsWeights } from "./pod_delays.ts";
import { endingOf, type PodLife } from "./pod_life.ts";
import {
  isUnreadyBeforeKilled,
  livenessFails,
  readinessFails,
  readinessPasses,
  readinessPassesAgain,
  startupBudgetUs,
  startupPasses,
} from "./pod_probing.ts";
import { RUNNING, STARTING, type Transition, type Trigger } from "./pod_stages.ts";
import * as words from "./pod_words.ts";
import { TIMINGS } from "./timings.ts";

export const SERVER_ROWS: readonly Transition[] = [
  // The server comes up; what it cannot do it dies of, and the startup probe's patience is limited.
  {
    ...{ from: "Importing", to: "Loading", reason: "Importing" },
    takes: imports,
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
    takes: loadsWeights,
    does: cannotStart,
  },
  {
    ...{ from: "Loading", to: "Initialising", reason: "Loading" },
    takes: loadsWeights,
    does: (life) => life.enterPhase("initialising"),
  },
  {
    ...{ from: "Initialising", to: "Answering", reason: "Initialising" },
    takes: initialises,
  },
  {
    ...{ from: "Answering", to: "Dead", reason: "Error" },
    when: (life) => refusedWhenUp(life) !== undefined,
    does: (life) => life.end(refusedWhenUp(life)!),
  },
  {
    ...{ from: "Answering", to: "Started", reason: "StartupProbe" },
    takes: startupPasses,
    does: (life) => void (life.started = true),
  },
  {
    ...{ from: "Started", to: "NotReady", reason: "Unhealthy" },
    when: failsReadiness,
    takes: readinessPasses,
    does: (life) => life.serve(),
    tells: words.readinessFailed,
  },
  {
    ...{ from: "Started", to: "Ready", reason: "ReadinessProbe" },
    takes: readinessPasses,
    does: (life) => life.open(),
  },
  {
    ...{ from: STARTING, on: "startupFailed", to: "Killing", reason: "Unhealthy" },
    does: (life) => {
      life.killed = {
        ...SIGNALLED,
        message: `startup probe failed for ${formatDuration(startupBudgetUs(life))}`,
      };
    },
    tells: words.startupFailed,
  },

  // Readiness, and a server that hangs.
  {
    ...{ from: "Ready", to: "ReadinessFailing", reason: "Unhealthy" },
    when: failsReadiness,
    does: (life) => void (life.sinceUs = life.nowUs),
  },
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
    takes: readinessFails,
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
    takes: readinessPassesAgain,
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
    when: isUnreadyBeforeKilled,
    takes: readinessFails,
    does: (life) => life.leave(),
    tells: words.readinessFailed,
  },
  {
    ...{ from: ["Hung", "HungNotReady"], to: "Killing", reason: "Unhealthy" },
    when: ({ spec }) => spec.probes.liveness !== undefined,
    takes: livenessFails,
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
    does: (life) => life.images.want(),
  },
  {
    ...{ from: "CrashLoopBackOff", to: "ImageNeeded", reason: "Restarting" },
    takes: after(({ backOffUs }) => backOffUs - TIMINGS.waitShownUs),
    does: (life) => life.images.want(),
  },
];

/** A server that is told to stop while it comes up has no handler yet: 128 + SIGTERM. */
const SIGNALLED = { word: "Error", exitCode: 143 } as const;
/** 128 + SIGKILL, when the grace is over. */
const KILLED_HARD = { word: "Error", exitCode: 137 } as const;

function failsReadiness({ unready, spec }: PodLife): boolean {
  return unready.size > 0 && spec.probes.readiness !== undefined;
}

function cannotStart(life: PodLife): void {
  const { cannotStart: message, exitCode = 1 } = life.cannotStart!;
  life.end({ word: "Error", exitCode, message });
}

function exits(life: PodLife, trigger: Trigger | undefined): void {
  life.end(endingOf(trigger));
}
