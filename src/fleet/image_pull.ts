// The kubelet pulls an image: how long it takes, and its back-off when there is none. Knows no pod.

import { type Process, Signal, sleep, wait } from "../sim/process.ts";
import type { Waiting } from "./pod_object.ts";
import { TIMINGS } from "./timings.ts";

/** Whom it tells: Kubernetes Events about the pod, and why its container waits. */
export interface PullReport {
  event(type: "Normal" | "Warning", reason: string, message: string): void;
  waits(reason: Waiting, message: string): void;
}

/** Pulls until there is an image: what cannot be resolved is tried again with back-off, for ever. */
export function* pullImage(image: string, pullUs: number, report: PullReport): Process {
  if (!REFERENCE.test(image)) return yield* refuse(image, report);
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

/** An image reference as the distribution project writes it: host and path, then a tag or a digest. */
const REFERENCE =
  /^[a-z0-9][a-z0-9.-]*(?::\d+)?(?:\/[a-z0-9][a-z0-9._-]*)*(?::[\w][\w.-]{0,127})?(?:@[a-z0-9+.-]+:[0-9a-f]{32,})?$/i;

/** The kubelet does not ask any registry for what is no name; nothing changes before the name does. */
function* refuse(image: string, report: PullReport): Process {
  const message = `Failed to apply default image tag "${image}": couldn't parse image name ` +
    `"${image}": invalid reference format`;
  report.waits("InvalidImageName", message);
  report.event("Warning", "InspectFailed", message);
  report.event("Warning", "Failed", "Error: InvalidImageName");
  yield* wait(new Signal<never>());
}

/**
 * Why an image cannot be pulled, in containerd's words; undefined when it can. Every registry has what
 * is asked of it but those under `.invalid`, which no resolver ever finds (RFC 2606).
 */
export function pullProblem(image: string): string | undefined {
  if (!REFERENCE.test(image)) return "invalid reference format";
  const [host = ""] = image.split("/");
  const [name = ""] = host.split(":");
  if (!name.endsWith(".invalid")) return undefined;
  return `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ` +
    `dial tcp: lookup ${name}: no such host`;
}
