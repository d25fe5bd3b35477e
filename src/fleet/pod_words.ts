// What Kubernetes says about a pod: the Events of its life in the words of whoever tells them.
//
// kubelet: pkg/kubelet/{kuberuntime,images,prober,eviction}; scheduler: pkg/scheduler/schedule_one.go;
// node controllers: pkg/controller/{nodelifecycle,tainteviction} (Kubernetes 1.32 to 1.34).

import {
  CLAIM_VOLUME,
  STORAGE_INITIALIZER,
  STORAGE_INITIALIZER_IMAGE,
} from "../kube/model_storage.ts";
import { formatDuration } from "../sim/duration.ts";
import type { EventReason } from "./event_reasons.ts";
import { referenceProblem } from "./image_reference.ts";
import type { PodLife } from "./pod_life.ts";
import type { Told } from "./pod_stages.ts";

const SCHEDULER = "default-scheduler";
const KUBELET = "kubelet";

function normal(reason: EventReason, message: string, source = KUBELET): Told {
  return ["Normal", reason, message, source];
}

function warning(reason: EventReason, message: string, source = KUBELET): Told {
  return ["Warning", reason, message, source];
}

export function scheduled({ namespace, name, node }: PodLife): Told[] {
  const message = `Successfully assigned ${namespace}/${name} to ${node!.name}`;
  return [normal("Scheduled", message, SCHEDULER)];
}

export function failedScheduling({ unscheduled }: PodLife): Told[] {
  return [warning("FailedScheduling", unscheduled!, SCHEDULER)];
}

function made(container: string): Told[] {
  return [
    normal("Created", `Created container: ${container}`),
    normal("Started", `Started container ${container}`),
  ];
}

function present(image: string): Told {
  return normal("Pulled", `Container image "${image}" already present on machine`);
}

/** `WaitForAttachAndMount` (pkg/kubelet/volumemanager). */
export function mountFailed(): Told[] {
  const message = `Unable to attach or mount volumes: unmounted volumes=[${CLAIM_VOLUME}], ` +
    "unattached volumes=[], failed to process volumes=[]: context deadline exceeded";
  return [warning("FailedMount", message)];
}

/** The images of what runs before the server are small beside its own: assumed to be there. */
export function initStarted(): Told[] {
  return [present(STORAGE_INITIALIZER_IMAGE), ...made(STORAGE_INITIALIZER)];
}

export function sidecarsStarted({ spec: { sidecars } }: PodLife): Told[] {
  return sidecars.flatMap(({ name, image }) => [present(image), ...made(name)]);
}

export function started(): Told[] {
  return made("main");
}

export function imagePresent({ images }: PodLife): Told[] {
  return [present(images.current.reference)];
}

export function pulling({ images }: PodLife): Told[] {
  return [normal("Pulling", `Pulling image "${images.current.reference}"`)];
}

/** Who joined the pull of another pod waited for it, and then found the image there. */
export function pulled(
  { images: { current: { reference, bytes }, pulled: { waitedUs, joined } } }: PodLife,
): Told[] {
  const waited = goDuration(waitedUs);
  const took = joined ? goDuration(0) : waited;
  const size = bytes === 0 ? "" : ` Image size: ${bytes} bytes.`;
  const message =
    `Successfully pulled image "${reference}" in ${took} (${waited} including waiting).${size}`;
  return [normal("Pulled", message)];
}

export function pullFailed({ images: { current: { reference }, problem } }: PodLife): Told[] {
  return [
    warning("Failed", `Failed to pull image "${reference}": ${problem}`),
    warning("Failed", "Error: ErrImagePull"),
  ];
}

export function pullBacksOff({ images }: PodLife): Told[] {
  return [
    normal("BackOff", `Back-off pulling image "${images.current.reference}"`),
    warning("Failed", "Error: ImagePullBackOff"),
  ];
}

export function noReference({ images }: PodLife): Told[] {
  return [
    warning("InspectFailed", referenceProblem(images.current.reference)),
    warning("Failed", "Error: InvalidImageName"),
  ];
}

/** `format.Pod` in the kubelet: its words name a pod so. */
export function podWords({ name, namespace, uid }: PodLife): string {
  return `${name}_${namespace}(${uid})`;
}

export function backsOff(container: string) {
  return (life: PodLife): Told[] => [
    warning(
      "BackOff",
      `Back-off restarting failed container ${container} in pod ${podWords(life)}`,
    ),
  ];
}

export function stopping(container: string) {
  return (): Told[] => [normal("Killing", `Stopping container ${container}`)];
}

function killed(probe: string): Told {
  return normal("Killing", `Container main failed ${probe} probe, will be restarted`);
}

function unhealthy(probe: string, words: string): Told {
  return warning("Unhealthy", `${probe} probe failed: ${words}`);
}

export function startupFailed(life: PodLife): Told[] {
  return [unhealthy("Startup", refused(life)), killed("startup")];
}

export function livenessFailed(life: PodLife): Told[] {
  return [unhealthy("Liveness", timedOut(life)), killed("liveness")];
}

/** A server that hangs answers nothing, one that is not ready says so. */
export function readinessFailed(life: PodLife): Told[] {
  const { spec: { scheme }, hung } = life;
  const words = hung
    ? timedOut(life)
    : scheme === "grpc"
    ? 'service unhealthy (responded with "NOT_SERVING")'
    : "HTTP probe failed with statuscode: 503";
  return [unhealthy("Readiness", words)];
}

function asked({ spec: { scheme, port }, podIp }: PodLife): string {
  return `Get "${scheme}://${podIp}:${port}/health"`;
}

function refused(life: PodLife): string {
  const { spec: { port }, podIp } = life;
  return `${asked(life)}: dial tcp ${podIp}:${port}: connect: connection refused`;
}

function timedOut(life: PodLife): string {
  const { spec: { scheme, port }, podIp } = life;
  if (scheme === "grpc") return `timeout: failed to connect service "${podIp}:${port}" within 1s`;
  return `${
    asked(life)
  }: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
}

export function evicted({ evicted, starts }: PodLife): Told[] {
  const told = warning("Evicted", evicted!);
  return starts > 0 ? [told, ...stopping("main")()] : [told];
}

export function sandboxChanged(): Told[] {
  return [normal("SandboxChanged", "Pod sandbox changed, it will be killed and re-created.")];
}

export function nodeNotReady(): Told[] {
  return [warning("NodeNotReady", "Node is not ready", "node-controller")];
}

/** As the kubelet writes a duration: cut to whole milliseconds. */
function goDuration(us: number): string {
  return formatDuration(us - us % 1000);
}
