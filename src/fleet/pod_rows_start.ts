// Rows of the table of a pod's life up to the start of its server: placing, the init container, images.

import { STORAGE_INITIALIZER } from "../kube/model_storage.ts";
import { isReference } from "./image_reference.ts";
import { after, downloads, untilNews } from "./pod_delays.ts";
import { endingOf } from "./pod_life.ts";
import type { Transition } from "./pod_stages.ts";
import * as words from "./pod_words.ts";
import { TIMINGS } from "./timings.ts";

export const START_ROWS: readonly Transition[] = [
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
    ...{ from: "Scheduled", to: "Mounting", reason: "ContainerCreating" },
    when: ({ volumes }) => volumes.leftUs > 0,
    does: (life) => {
      life.admit();
      life.volumes.begin();
    },
  },
  {
    ...{ from: "Mounting", to: "Mounting", reason: "FailedMount" },
    when: ({ volumes }) => volumes.leftUs > TIMINGS.mountTimeoutUs,
    takes: after(() => TIMINGS.mountTimeoutUs),
    tells: words.mountFailed,
  },
  {
    ...{ from: "Mounting", to: "Scheduled", reason: "ContainerCreating" },
    takes: after(({ volumes }) => volumes.leftUs),
    does: (life) => life.volumes.end(),
  },
  {
    ...{ from: "Scheduled", to: "Downloading", reason: "PodInitializing" },
    when: ({ init }) => init?.toDo === true,
    does: (life) => {
      life.admit();
      life.startSidecars();
      life.init!.begin();
    },
    tells: (life) => [...words.sidecarsStarted(life), ...words.initStarted()],
  },
  {
    ...{ from: "Scheduled", to: "ImageNeeded", reason: "ContainerCreating" },
    does: (life) => {
      life.admit();
      life.startSidecars();
      life.images.want();
    },
    tells: words.sidecarsStarted,
  },
  {
    ...{ from: "Downloading", to: "InitError", reason: "Error" },
    when: ({ init }) => init!.refused !== undefined,
    takes: after(() => TIMINGS.hubAnswersUs),
    does: (life) => life.init!.end({ word: "Error", exitCode: 1, message: life.init!.refused! }),
  },
  {
    ...{ from: "Downloading", to: "ImageNeeded", reason: "Initialized" },
    takes: downloads,
    does: (life) => {
      life.init!.end();
      life.images.want();
    },
  },
  {
    ...{ from: "Downloading", on: "initFailed", to: "InitError", reason: "Error" },
    does: (life, trigger) => life.init!.end(endingOf(trigger)),
  },
  {
    ...{ from: "InitError", to: "InitCrashLoopBackOff", reason: "CrashLoopBackOff" },
    when: ({ init }) => init!.backsOff,
    takes: after(() => TIMINGS.waitShownUs),
    tells: words.backsOff(STORAGE_INITIALIZER),
  },
  {
    ...{ from: "InitError", to: "Downloading", reason: "Restarting" },
    does: (life) => life.init!.begin(),
    tells: words.initStarted,
  },
  {
    ...{ from: "InitCrashLoopBackOff", to: "Downloading", reason: "PodInitializing" },
    takes: after(({ init }) => init!.backOffUs - TIMINGS.waitShownUs),
    does: (life) => life.init!.begin(),
    tells: words.initStarted,
  },
  {
    ...{ from: "ImageNeeded", to: "ImageReady", reason: "Pulled" },
    when: ({ images }) => images.present,
    tells: words.imagePresent,
  },
  {
    ...{ from: "ImageNeeded", to: "InvalidImageName", reason: "InvalidImageName" },
    when: ({ images }) => !isReference(images.current.reference),
    tells: words.noReference,
  },
  {
    ...{ from: "ImageNeeded", to: "Pulling", reason: "Pulling" },
    does: ({ images }) => images.ask(),
    tells: words.pulling,
  },
  {
    ...{ from: "Pulling", to: "ErrImagePull", reason: "ErrImagePull" },
    when: ({ images }) => images.problem !== undefined,
    tells: words.pullFailed,
  },
  {
    ...{ from: "Pulling", to: "ImageReady", reason: "Pulled" },
    takes: (life) => life.images.pull(),
    tells: words.pulled,
  },
  {
    ...{ from: "Pulling", on: "pullFailed", to: "ErrImagePull", reason: "ErrImagePull" },
    does: ({ images }, trigger) =>
      images.fail(trigger?.kind === "pullFailed" ? trigger.message : ""),
    tells: words.pullFailed,
  },
  {
    ...{ from: "ErrImagePull", to: "ImagePullBackOff", reason: "ImagePullBackOff" },
    takes: after(() => TIMINGS.syncUs),
    tells: words.pullBacksOff,
  },
  {
    ...{ from: "ImagePullBackOff", to: "Pulling", reason: "Pulling" },
    takes: (life) => life.images.backOff(),
    does: ({ images }) => images.ask(),
    tells: words.pulling,
  },
  {
    ...{ from: "ImageReady", to: "ImageNeeded", reason: "Pulled" },
    when: ({ images }) => images.more,
    does: (life) => life.images.next(),
  },
  {
    ...{ from: "ImageReady", to: "Importing", reason: "Started" },
    does: (life) => {
      life.start();
      life.enterPhase("importing");
    },
    tells: words.started,
  },
];
