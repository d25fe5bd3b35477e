import assert from "node:assert/strict";
import { TIMINGS } from "../../../src/fleet/timings.ts";
import type { LogTemplates } from "../../../src/report/log_templates.ts";
import { logTime, PodLog } from "../../../src/report/pod_logs.ts";
import { podServer } from "../../../src/report/pod_server.ts";
import {
  containerPatch,
  llm,
  node,
  pod,
  type PodOptions,
  SECOND,
  STARTUP,
  Story,
} from "./story.ts";

const TEMPLATES: LogTemplates = {
  start: ["start {{version}}"],
  imported: ["imported {{maxModelLen}}"],
  loaded: ["loaded {{loadSeconds}}"],
  initialised: ["initialised {{kvTokens}}"],
  ready: ["ready at {{time}}"],
  every10s: [
    "[[{{generationThroughput}} {{running}} {{kvUsage}}]][[{{endpoints}} ready]][[ {{prefixHitRate}}]]",
  ],
  died: ["died of {{reason}}"],
  stop: ["stop"],
};
const READY = { ready: true, restartCount: 0, state: { running: {} } };
const LOADED_US = STARTUP.phases.importing + STARTUP.phases.loading;
/** Seconds after the container's start. */
const OFFSETS = {
  imported: STARTUP.phases.importing / SECOND,
  loaded: LOADED_US / SECOND,
  initialised: (LOADED_US + STARTUP.phases.initialising) / SECOND,
};
/** A second, after everything of a start is over. */
const READY_SECOND = Math.ceil(OFFSETS.initialised) + 103;

/** A service of one pod on one node. */
function told(options: PodOptions = {}): { story: Story; subject: ReturnType<typeof pod> } {
  const subject = pod(options);
  return { story: new Story().apply(node(), llm(), subject), subject };
}

/** The log of each instance, as `[second, text]`; seconds to the nearest µs. */
function logOf({ story, subject }: ReturnType<typeof told>, second: number) {
  const log = new PodLog(podServer(story.state, subject), TEMPLATES);
  for (const event of story.events) log.take(event);
  return log.containers(second * SECOND).map(({ running, lines }) => ({
    running,
    lines: lines.map(({ atUs, text }) => [toUs(atUs / SECOND), text]),
  }));
}

function toUs(seconds: number): number {
  return Number(seconds.toFixed(6));
}

Deno.test("PodLog has the phases of a start that are over, at their instants", () => {
  const run = told();
  run.story.at(100).event(run.subject, "Started", "Started container main");
  assert.deepEqual(logOf(run, 100 + OFFSETS.imported), [{
    running: true,
    lines: [[100, "start 0.15.1"], [100 + OFFSETS.imported, "imported 131072"]],
  }]);
  const [all] = logOf(run, 100 + OFFSETS.initialised);
  assert.deepEqual(all!.lines.slice(2).map(([at]) => at), [
    toUs(100 + OFFSETS.loaded),
    toUs(100 + OFFSETS.initialised),
  ]);
  assert.match(String(all!.lines[3]![1]), /^initialised [\d,]+$/);
});

Deno.test("PodLog goes by the phases that a pod tells: one that shares its claim loads longer", () => {
  const run = told();
  const phase = (second: number, name: string) =>
    run.story.at(second).patch(run.subject, {
      metadata: { annotations: { "mtop.dev/start-phase": `${name} since 2026-01-01T00:00:00Z` } },
    });
  run.story.at(100).event(run.subject, "Started", "Started container main");
  phase(100, "importing");
  phase(180, "loading");
  assert.deepEqual(logOf(run, 400)[0]!.lines.map(([at]) => at), [100, 180]);
  phase(420, "initialising");
  const initialised = toUs(420 + STARTUP.phases.initialising / SECOND);
  const { lines } = logOf(run, 600)[0]!;
  assert.deepEqual(lines.map(([at]) => at), [100, 180, 420, initialised]);
  assert.equal(lines[2]![1], "loaded 240.00");
});

Deno.test("PodLog leaves out a line whose figure is not known", () => {
  const run = told();
  const containers = [{ name: "main", image: "registry.example/own-server:7" }];
  const subject = { ...run.subject, spec: { ...run.subject.spec, containers } };
  run.story.at(100).event(subject, "Started", "Started container main");
  const [log] = logOf({ ...run, subject }, 100 + OFFSETS.imported);
  assert.deepEqual(log!.lines, [[100 + OFFSETS.imported, "imported 131072"]]);
});

Deno.test("PodLog tells of readiness, then of every ten seconds of serving", () => {
  const run = told();
  const ready = READY_SECOND;
  run.story.at(100).event(run.subject, "Started", "Started container main")
    .at(ready).patch(run.subject, containerPatch(READY));
  for (let second = 1; second <= 10; second++) {
    run.story.at(ready + second).window({ "chat-1": [3, 50] });
  }
  const [log] = logOf(run, ready + 11);
  assert.deepEqual(log!.lines.slice(4), [
    [ready, `ready at ${logTime(ready * SECOND)}`],
    [ready + 10, "50.0 3 12.5"],
  ]);
});

Deno.test("PodLog tells the prefix hit rate where the run has one", () => {
  const run = told();
  const ready = READY_SECOND;
  const columns = { promptTokens: [400], prefixQueries: [300], prefixHits: [100] };
  run.story.at(100).event(run.subject, "Started", "Started container main")
    .at(ready).patch(run.subject, containerPatch(READY))
    .at(ready + 10).window({ "chat-1": [3, 50] }, 400, columns, 2);
  const [log] = logOf(run, ready + 11);
  assert.deepEqual(log!.lines.at(-1), [ready + 10, "5.0 3 12.5 33.3"]);
});

Deno.test("PodLog begins with serving when a scenario's pod was up at its begin", () => {
  const startedAt = "2026-01-01T00:00:00Z";
  const run = told({ container: { ready: true, state: { running: { startedAt } } } });
  run.story.at(2).window({ "chat-1": [0, 5] });
  assert.deepEqual(logOf(run, 10), [{ running: true, lines: [[10, "0.5 0 0.0"]] }]);
});

Deno.test("PodLog tells the start of a pod from before the run when its status knows it", () => {
  const startedAt = "2025-12-31T00:00:00Z";
  const run = told({ container: { ready: true, state: { running: { startedAt } } } });
  const [log] = logOf(run, 0);
  assert.deepEqual(log!.lines.map(([, text]) => String(text).split(" ")[0]), [
    "start",
    "imported",
    "loaded",
    "initialised",
    "ready",
  ]);
  assert.equal(log!.lines[0]![0], -86_400);
});

Deno.test("PodLog ends with the last words, a second before the kubelet noticed", () => {
  const run = told();
  run.story.at(100).event(run.subject, "Started", "Started container main")
    .at(100 + OFFSETS.loaded + 1)
    .event(run.subject, "Failed", "Container main died: ValueError: No available memory");
  const [log] = logOf(run, 1000);
  assert.equal(log!.running, false);
  assert.deepEqual(log!.lines.slice(2), [
    [toUs(100 + OFFSETS.loaded), "loaded " + (STARTUP.phases.loading / SECOND).toFixed(2)],
    [toUs(100 + OFFSETS.loaded), "died of ValueError: No available memory"],
  ]);
});

Deno.test("PodLog does not say that weights were loaded that did not fit", () => {
  const run = told();
  run.story.at(100).event(run.subject, "Started", "Started container main")
    .at(100 + OFFSETS.loaded + 1)
    .event(
      run.subject,
      "Failed",
      "Container main died: torch.OutOfMemoryError: CUDA out of memory",
    );
  const [log] = logOf(run, 1000);
  assert.deepEqual(log!.lines.map(([, text]) => String(text).split(" ")[0]), [
    "start",
    "imported",
    "died",
  ]);
});

Deno.test("PodLog keeps the instances of a container that restarts apart", () => {
  const run = told();
  run.story.at(100).event(run.subject, "Started", "Started container main")
    .at(110).event(run.subject, "Failed", "Container main died: x")
    .at(120).event(run.subject, "Started", "Started container main");
  const logs = logOf(run, 121);
  assert.deepEqual(logs.map(({ running }) => running), [false, true]);
  assert.deepEqual(logs[1]!.lines, [[120, "start 0.15.1"]]);
});

Deno.test("PodLog does not take a failed pull, or another pod's events, for its own", () => {
  const run = told();
  const other = pod({ name: "chat-2" });
  run.story.at(10).event(run.subject, "Failed", "Error: ErrImagePull")
    .event(other, "Started", "Started container main")
    .event(run.subject, "Started", "Started container llm-d-routing-sidecar")
    .window({ "chat-2": [1, 10] });
  assert.deepEqual(logOf(run, 60), []);
});

Deno.test("PodLog says that it stops when the preStop hook is over, and no sooner", () => {
  const startedAt = "2026-01-01T00:00:00Z";
  const run = told({ container: { ready: true, state: { running: { startedAt } } } });
  run.story.at(50).event(run.subject, "Killing", "Stopping container main");
  const stopped = 50 + TIMINGS.preStopUs / SECOND;
  assert.deepEqual(logOf(run, stopped - 1)[0]!.lines, []);
  assert.deepEqual(logOf(run, stopped)[0]!.lines, [[stopped, "stop"]]);
});

Deno.test("PodLog begins anew with another pod of the same name", () => {
  const run = told();
  run.story.at(100).event(run.subject, "Started", "Started container main")
    .at(110).delete(run.subject).apply(run.subject)
    .at(120).event(run.subject, "Started", "Started container main");
  assert.equal(logOf(run, 130).length, 1);
});

Deno.test("PodLog of an endpoint picker counts the ready pods of its pool as of each line", () => {
  const server = pod({ container: { ready: true } });
  const run = told({ name: "epp", scheduler: true, container: { ready: true } });
  run.story.apply(server, pod({ name: "chat-2" }))
    .at(15).patch(pod({ name: "chat-2" }), containerPatch({ ready: true }))
    .at(25).delete(server);
  const [log] = logOf(run, 30);
  assert.deepEqual(log!.lines, [[10, "1 ready"], [20, "2 ready"], [30, "1 ready"]]);
});

Deno.test("PodLog takes only the windows of its own service, where the log says whose they are", () => {
  const startedAt = "2026-01-01T00:00:00Z";
  const run = told({ container: { ready: true, state: { running: { startedAt } } } });
  run.story.tell({
    kind: "scale",
    service: "chat",
    revision: "stable",
    member: "elsewhere/chat",
    replicas: 1,
    by: "spec",
  }).at(5).window({ "chat-1": [1, 10] });
  assert.deepEqual(logOf(run, 20)[0]!.lines, []);
});

Deno.test("logTime() is vLLM's form of an instant", () => {
  assert.equal(logTime(278 * SECOND), "01-01 00:04:38");
  assert.equal(logTime(-SECOND), "12-31 23:59:59");
});
