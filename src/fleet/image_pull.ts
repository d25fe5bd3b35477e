// The kubelet pulls an image: how long it takes, and its back-off when there is none. Knows no pod.

import { type Process, sleep } from "../sim/process.ts";
import type { Waiting } from "./pod_object.ts";
import { TIMINGS } from "./timings.ts";

/** Whom it tells: Kubernetes Events about the pod, and why its container waits. */
export interface PullReport {
  event(type: "Normal" | "Warning", reason: string, message: string): void;
  waits(reason: Waiting, message: string): void;
}

/** Pulls until there is an image: what cannot be resolved is tried again with back-off, for ever. */
export function* pullImage(image: string, pullUs: number, report: PullReport): Process {
  const problem = pullProblem(image);
  for (let tries = 0;; tries++) {
    report.event("Normal", "Pulling", `Pulling image "${image}"`);
    if (problem === undefined) break;
    report.waits("ErrImagePull", problem);
    report.event("Warning", "Failed", `Failed to pull image "${image}": ${problem}`);
    report.event("Warning", "Failed", "Error: ErrImagePull");
    yield* sleep(TIMINGS.syncUs);
    const backOff = `Back-off pulling image "${image}"`;
    report.waits("ImagePullBackOff", backOff);
    report.event("Normal", "BackOff", backOff);
    yield* sleep(Math.min(TIMINGS.firstBackOffUs * 2 ** tries, TIMINGS.maxBackOffUs));
  }
  yield* sleep(pullUs);
  report.event("Normal", "Pulled", `Successfully pulled image "${image}"`);
}

/**
 * Why an image cannot be pulled, in containerd's words; undefined when it can. Every registry has what
 * is asked of it but those under `.invalid`, which no resolver ever finds (RFC 2606).
 */
export function pullProblem(image: string): string | undefined {
  const [host = ""] = image.split("/");
  const [name = ""] = host.split(":");
  if (!name.endsWith(".invalid")) return undefined;
  return `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ` +
    `dial tcp: lookup ${name}: no such host`;
}
