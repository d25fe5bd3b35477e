import assert from "node:assert/strict";
import type { JsonObject } from "../../../src/kube/object.ts";
import { podProblem, startupProgress } from "../../../src/report/pod_problem.ts";
import { llm, node, pod, type PodOptions, SECOND, STARTUP, Story } from "./story.ts";

function problemOf(
  options: PodOptions,
  tell: (story: Story, subject: ReturnType<typeof pod>) => void = () => {},
  nowUs = 600 * SECOND,
) {
  const subject = pod(options);
  const story = new Story().apply(node(), llm(), subject);
  tell(story, subject);
  return podProblem(story.state, nowUs, subject);
}

const waiting = (reason: string, rest: JsonObject = {}): PodOptions => ({
  container: { state: { waiting: { reason } }, ...rest },
});

Deno.test("podProblem() is undefined for a pod that serves or goes", () => {
  assert.equal(problemOf({ container: { ready: true } }), undefined);
  assert.equal(problemOf({ deleted: true }), undefined);
});

Deno.test("podProblem() has the scheduler's words for a pod that fits nowhere", () => {
  const message = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.";
  assert.deepEqual(problemOf({ unscheduled: message }), {
    reason: "Unschedulable",
    object: "pod/chat-1",
    message,
  });
});

Deno.test("podProblem() has the registry's answer, not only the kubelet's back-off", () => {
  const found = problemOf(
    waiting("ImagePullBackOff"),
    (story, subject) => story.event(subject, "Failed", 'Failed to pull image "x": no such host'),
  );
  assert.deepEqual([found?.reason, found?.message], [
    "ImagePullBackOff",
    'Failed to pull image "x": no such host',
  ]);
});

Deno.test("podProblem() tells causes of a crash apart by the server's last words", () => {
  const reasonFor = (message: string) =>
    problemOf(waiting("CrashLoopBackOff", {
      restartCount: 3,
      lastState: { terminated: { reason: "Error", message } },
    }));
  assert.equal(reasonFor("torch.OutOfMemoryError: CUDA out of memory")?.reason, "OutOfMemory");
  assert.equal(reasonFor("ValueError: No available memory for the cache")?.reason, "OutOfMemory");
  assert.equal(
    reasonFor("CUDA error: no CUDA-capable device is detected")?.reason,
    "GpuFailed",
  );
  assert.deepEqual(reasonFor("segmentation fault"), {
    reason: "CrashLoopBackOff",
    object: "pod/chat-1",
    message: "container main died 3 times, the last time of: segmentation fault",
  });
});

Deno.test("podProblem() reads the last words from the Event where the status has none", () => {
  const found = problemOf(
    waiting("CrashLoopBackOff", { restartCount: 1 }),
    (story, subject) => story.event(subject, "Failed", "Container main died: bad weights"),
  );
  assert.equal(found?.message, "container main died once, the last time of: bad weights");
});

Deno.test("podProblem() takes no container for crashed that went with its node", () => {
  const lastState = { terminated: { reason: "Unknown", exitCode: 255 } };
  assert.deepEqual(
    problemOf(waiting("PodInitializing", { lastState }))?.reason,
    "ContainerWaiting",
  );
  const running = { running: { startedAt: "2026-01-01T00:09:00Z" } };
  const loading = problemOf({ container: { state: running, lastState, restartCount: 1 } });
  assert.equal(loading?.reason, "Loading");
  const again = problemOf(waiting("CrashLoopBackOff", { lastState, restartCount: 2 }));
  assert.equal(again?.reason, "CrashLoopBackOff");
});

Deno.test("podProblem() names the node when it is what is down", () => {
  const subject = pod({ container: { state: { running: {} } } });
  const story = new Story().apply(node(false), llm(), subject);
  assert.deepEqual(podProblem(story.state, 0, subject), {
    reason: "NodeNotReady",
    object: "node/n1",
    message: "node n1 is not Ready, and pod/chat-1 is on it",
  });
});

Deno.test("podProblem() tells how far a start is, and when it will be over", () => {
  const startedAt = "2026-01-01T00:01:00Z";
  const options = { container: { state: { running: { startedAt } } } };
  const { importing, loading } = STARTUP.phases;
  const at = (elapsedUs: number) => problemOf(options, undefined, 60 * SECOND + elapsedUs)?.message;
  assert.match(at(0)!, /^importing Python and CUDA, ready in about 2m40s$/);
  assert.match(at(importing)!, /^loading the weights, ready in about /);
  assert.match(at(importing + loading)!, /^initialising the engine, /);
  assert.equal(at(400 * SECOND), "waiting for the startup probe, it should be ready by now");
});

Deno.test("podProblem() tells how long an image is still pulled", () => {
  const found = problemOf(
    waiting("ContainerCreating"),
    (story, subject) => story.at(590).event(subject, "Pulling", 'Pulling image "x"'),
  );
  assert.equal(found?.reason, "PullingImage");
  assert.equal(found?.message, 'pulling image "x", about 59s to go');
});

Deno.test("podProblem() has the kubelet's word for any other wait", () => {
  assert.equal(
    problemOf(waiting("CreateContainerConfigError"))?.message,
    "CreateContainerConfigError",
  );
  assert.equal(problemOf({ container: {} })?.reason, "Loading");
});

Deno.test("startupProgress() is ready on a beat of the startup probe", () => {
  const phases = { ...STARTUP.phases, importing: 3, loading: 4, initialising: 5 };
  const startup = { plan: { ...STARTUP.plan, probeUs: 10 }, phases };
  assert.deepEqual(startupProgress(startup, 7), { phase: "initialising the engine", left: 13 });
  assert.deepEqual(startupProgress(startup, 12), {
    phase: "waiting for the startup probe",
    left: 8,
  });
});

Deno.test("podProblem() goes by the phase that a pod tells, however long those before took", () => {
  const startedAt = "2026-01-01T00:01:00Z";
  const subject = pod({ container: { state: { running: { startedAt } } } });
  const annotations = { "mtop.dev/start-phase": "loading since 2026-01-01T00:09:59Z" };
  const told = { ...subject, metadata: { ...subject.metadata, annotations } };
  const story = new Story().apply(node(), llm(), told);
  const { message } = podProblem(story.state, 600 * SECOND, told)!;
  assert.match(message, /^loading the weights, ready in about 1m30s$/);
});

Deno.test("podProblem() tells that the model is downloaded, and for how long at least", () => {
  const subject = pod({ container: { state: { waiting: { reason: "PodInitializing" } } } });
  const running = { running: { startedAt: "2026-01-01T00:09:50Z" } };
  const initContainerStatuses = [{ name: "storage-initializer", state: running }];
  const status = { ...subject.status, initContainerStatuses };
  const story = new Story().apply(node(), llm(), { ...subject, status });
  assert.deepEqual(podProblem(story.state, 600 * SECOND, { ...subject, status }), {
    reason: "DownloadingModel",
    object: "pod/chat-1",
    message: "storage-initializer fetches the model, at least 11s to go",
  });
});
