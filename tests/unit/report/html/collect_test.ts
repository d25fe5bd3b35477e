import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ReportCollector } from "../../../../src/report/html/collect.ts";
import { ExtentReading } from "../../../../src/report/html/extent.ts";
import { MOST_HAPPENINGS } from "../../../../src/report/html/happenings.ts";
import { faultsAt, podsAt, weightsAt } from "../../../../src/report/html/page/instant.js";
import { Story } from "../story.ts";

function collected(story: Story, objectives = {}) {
  const reading = new ExtentReading();
  for (const event of story.events) reading.take(event);
  const collector = new ReportCollector({ extent: reading.extent, objectives });
  for (const event of story.events) collector.take(event);
  const data = collector.finish();
  deepStrictEqual(collector.state, story.state);
  return data;
}

/** TTFTs of one value each, as a window holds them. */
function answered(
  story: Story,
  second: number,
  ttftUs: number,
  revision = "stable",
  gaps: { readonly itl: number; readonly tpot: number } | undefined = undefined,
): void {
  const sparse = (us: number) => ({ sum: us, buckets: [us, 1] });
  story.at(second).tell({
    kind: "window",
    service: "chat",
    revision,
    measured: {
      requests: { arrived: 3, completed: 2, failed: 1, rejected: 0, good: 1 },
      promptTokens: 10,
      outputTokens: 40,
      // The bucket of a value below 128 is the value.
      latencyUs: {
        ttft: sparse(ttftUs),
        ...(gaps && { itl: sparse(gaps.itl), tpot: sparse(gaps.tpot) }),
      },
    },
    pods: {
      name: ["a"],
      running: [4],
      waiting: [2],
      kvPpm: [250_000],
      outputTokens: [40],
      preemptions: [0],
    },
  });
}

Deno.test("ReportCollector puts what a window counted into the bin that ends with it", () => {
  const story = new Story();
  answered(story, 1, 50);
  answered(story, 3, 70);
  const { bins, binUs, services } = collected(story);
  deepStrictEqual([bins, binUs], [3, 1_000_000]);
  const { columns } = services[0]!.revisions[0]!;
  deepStrictEqual(columns.rps, [3, 0, 3]);
  deepStrictEqual(columns.ttft95, [50, null, 70], "a second without a window has no latency");
  deepStrictEqual(columns.waiting, [2, 0, 2]);
  deepStrictEqual(columns.kv, [250_000, null, 250_000]);
  deepStrictEqual(columns.errors, [333_333, null, 333_333]);
  deepStrictEqual(columns.goodput, [null, null, null], "no SLO, no goodput");
});

Deno.test("ReportCollector counts pods once in a last second that is told twice, and requests twice", () => {
  const story = new Story();
  answered(story, 1, 50);
  for (let again = 0; again < 2; again++) answered(story, 2, 70);
  const { columns } = collected(story).services[0]!.revisions[0]!;
  deepStrictEqual(columns.rps, [3, 6]);
  deepStrictEqual([columns.running, columns.waiting], [[4, 4], [2, 2]]);
  deepStrictEqual(columns.kv, [250_000, 250_000]);
});

Deno.test("ReportCollector merges histograms of wider bins and of services, never percentiles", () => {
  const story = new Story();
  for (let second = 1; second <= 720; second++) {
    answered(story, second, second % 2 === 0 ? 100 : 50);
  }
  const { binUs, services } = collected(story);
  strictEqual(binUs, 2_000_000);
  const { ttft50, ttft95 } = services[0]!.revisions[0]!.columns;
  deepStrictEqual([ttft50[0], ttft95[0]], [50, 100]);
});

Deno.test("ReportCollector tells when a service's percentile was above its objective, in spans", () => {
  const story = new Story();
  for (const [second, ttft] of [[1, 50], [2, 90], [3, 91], [4, 50], [5, 99]]) {
    answered(story, second!, ttft!);
  }
  // Another revision's answers count with the service's: its p95 is of all.
  answered(story, 6, 10, "canary");
  const { breaches } = collected(story, {
    chat: { ttft: { p95: 80 } },
    other: { e2e: { p99: 1 } },
  });
  deepStrictEqual(breaches, [{
    service: "chat",
    objective: "ttft p95",
    metric: "ttft",
    limitUs: 80,
    spans: [[1_000_000, 3_000_000], [4_000_000, 5_000_000]],
  }]);
});

Deno.test("ReportCollector holds a request's mean gap against the objective of ITL, as goodput does", () => {
  const story = new Story();
  answered(story, 1, 50, "stable", { itl: 100, tpot: 20 });
  answered(story, 2, 50, "stable", { itl: 20, tpot: 100 });
  const { breaches } = collected(story, { chat: { itl: { p95: 60 } } });
  deepStrictEqual(breaches.map(({ objective, spans }) => [objective, spans]), [
    ["itl (tpot) p95", [[1_000_000, 2_000_000]]],
  ]);
});

Deno.test("ReportCollector keeps each span of a fault that comes again, and what is open to the end", () => {
  const story = new Story();
  const fault = (second: number, phase: "begin" | "end") =>
    story.at(second).tell({
      ...{ kind: "fault", fault: "storm", type: "t", phase, targets: ["a"], message: "it rains" },
    });
  fault(1, "begin");
  fault(2, "end");
  fault(4, "begin");
  story.at(6).tell({ kind: "action", action: "x" });
  const { faults, story: lines } = collected(story);
  deepStrictEqual(
    faults.map(({ beganAt, endedAt }) => [beganAt, endedAt]),
    [[1_000_000, 2_000_000], [4_000_000, null]],
  );
  deepStrictEqual([0, 1, 2, 3, 4, 6].map((at) => faultsAt(faults, at * 1e6).length), [
    0,
    1,
    0,
    0,
    1,
    1,
  ]);
  deepStrictEqual(lines.map(({ reason }) => reason), ["FaultBegan", "FaultEnded", "FaultBegan"]);
});

Deno.test("ReportCollector says how much more there was where it left something out", () => {
  const story = new Story();
  for (let index = 0; index < MOST_HAPPENINGS + 7; index++) {
    story.at(index).tell({
      ...{ kind: "event", type: "Warning", reason: "Storm", object: "Node//n", message: "m" },
      source: "x",
    });
  }
  const { omitted, story: lines } = collected(story);
  deepStrictEqual(omitted, ["7 Kubernetes Events"]);
  strictEqual(lines.length, MOST_HAPPENINGS);
});

Deno.test("podsAt() knows a pod from the instant after which it is there until it is gone", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "a",
      namespace: "default",
      labels: { "kserve.io/component": "workload", "app.kubernetes.io/name": "chat" },
    },
    spec: { nodeName: "n1" },
    status: {},
  };
  const story = new Story().tell({
    ...{ kind: "run.started", scenario: "s", scenarioHash: "", seed: 1, calibration: {}, slo: [] },
    ...{ durationUs: 8_000_000, warmupUs: 0, keepSeconds: 60 },
  }).at(2).apply(pod);
  answered(story, 3, 50);
  story.at(4).patch(pod, { status: { containerStatuses: [{ ready: true, state: {} }] } });
  story.at(6).delete(pod).at(8).tell({ kind: "action", action: "x" });
  const { pods, weights } = collected(story);
  const names = [0, 1, 2, 3, 4, 5, 6, 7].map((at) =>
    podsAt(pods, at).map((pod: { ready: boolean }) => pod.ready).join()
  );
  deepStrictEqual(names, ["", "", "false", "false", "true", "true", "", ""]);
  deepStrictEqual(podsAt(pods, 3), [
    { name: "a", ready: false, status: "Running", node: "n1", running: 4, waiting: 2, kv: 25 },
  ]);
  strictEqual(podsAt(pods, 5)[0]!.running, null, "a window of two seconds ago says nothing of now");
  deepStrictEqual(weightsAt(weights, "chat", 8e6), {});
  ok(pods.length === 1);
});

Deno.test("ReportCollector counts replicas by Deployments and groups, prefill's with decode's", () => {
  const workload = (kind: string, name: string, replicas: number, readyReplicas?: number) => ({
    ...{ apiVersion: "apps/v1", kind, spec: { replicas } },
    metadata: {
      ...{ name, namespace: "default" },
      labels: { "kserve.io/component": "workload", "app.kubernetes.io/name": "chat" },
    },
    status: readyReplicas === undefined ? {} : { readyReplicas },
  });
  const story = new Story().apply(
    workload("Deployment", "chat-kserve", 2, 1),
    workload("LeaderWorkerSet", "chat-kserve-mn-prefill", 3),
    workload("ReplicaSet", "chat-kserve-5d8f", 2, 1),
  );
  story.tell({
    ...{ kind: "scale", service: "chat", revision: "stable", member: "default/chat" },
    ...{ replicas: 2, by: "spec" },
  });
  answered(story, 1, 50);
  const { ready, wanted } = collected(story).services[0]!.revisions[0]!.columns;
  deepStrictEqual([ready, wanted], [[1], [5]]);
});
