// The kubelet pulls an image: what it says, and its back-off when there is none. Knows no pod and no size.

import { formatDuration } from "../sim/duration.ts";
import { type Process, Signal, sleep, wait } from "../sim/process.ts";
import type { Pull } from "./node_images.ts";
import type { Waiting } from "./pod_object.ts";
import { backOffUs, TIMINGS } from "./timings.ts";

/** Whom it tells: Kubernetes Events about the pod, and why its container waits. */
export interface PullReport {
  readonly nowUs: number;
  event(type: "Normal" | "Warning", reason: string, message: string): void;
  waits(reason: Waiting, message: string): void;
}

/** An image that a node is to have. */
export interface WantedImage {
  readonly reference: string;
  readonly bytes: number;
  readonly present: boolean;
  /** Begins its pull. */
  pull(): Pull;
}

/** Pulls until there is an image: what cannot be resolved is tried again with back-off, for ever. */
export function* pullImage(image: WantedImage, report: PullReport): Process {
  const { reference, bytes } = image;
  if (image.present) {
    return report.event(
      "Normal",
      "Pulled",
      `Container image "${reference}" already present on machine`,
    );
  }
  if (!REFERENCE.test(reference)) return yield* refuse(reference, report);
  const problem = pullProblem(reference);
  for (let tries = 0;; tries++) {
    report.event("Normal", "Pulling", `Pulling image "${reference}"`);
    if (problem === undefined) break;
    report.waits("ErrImagePull", problem);
    report.event("Warning", "Failed", `Failed to pull image "${reference}": ${problem}`);
    report.event("Warning", "Failed", "Error: ErrImagePull");
    yield* sleep(TIMINGS.syncUs);
    const backOff = `Back-off pulling image "${reference}"`;
    report.waits("ImagePullBackOff", backOff);
    report.event("Normal", "BackOff", backOff);
    yield* sleep(backOffUs(tries));
  }
  const askedUs = report.nowUs;
  const { done, joined } = image.pull();
  yield* wait(done);
  const waited = goDuration(report.nowUs - askedUs);
  // Who joined the pull of another pod waited for it, and then found the image there.
  const took = joined ? goDuration(0) : waited;
  const size = bytes === 0 ? "" : ` Image size: ${bytes} bytes.`;
  report.event(
    "Normal",
    "Pulled",
    `Successfully pulled image "${reference}" in ${took} (${waited} including waiting).${size}`,
  );
}

/** As the kubelet writes a duration: cut to whole milliseconds. */
function goDuration(us: number): string {
  return formatDuration(us - us % 1000);
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
