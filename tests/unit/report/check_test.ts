import assert from "node:assert/strict";
import type { Condition } from "../../../src/kube/conditions.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import { type Check, checkFleet, checkService } from "../../../src/report/check.ts";
import { checkData, checkText, fleetText, isFailing } from "../../../src/report/check_text.ts";
import { displayWidth } from "../../../src/view/table.ts";
import { condition, llm, node, pod, Story } from "./story.ts";

const NOW = { nowUs: 600_000_000 };
const UNAVAILABLE = {
  reason: "MinimumReplicasUnavailable",
  message: "Deployment does not have minimum availability.",
};

function notReady(type: string, why: Partial<Condition>, ...others: Condition[]): Condition[] {
  const parent = type.endsWith("WorkloadReady") && !type.startsWith("Scheduler")
    ? "WorkloadsReady"
    : "RouterReady";
  return [
    ...["Ready", parent, type].map((each) => condition(each, "False", why)),
    ...others,
  ];
}

function checked(conditions: readonly Condition[], ...objects: KubeObject[]): Check {
  const story = new Story().apply(node(), llm(conditions), ...objects);
  return checkService(story.state, NOW.nowUs, "default", "chat")!;
}

/** What blocks, as `object reason`. */
function blockers({ blockers }: Check): string[] {
  return blockers.map(({ object, reason, others }) => `${object} ${reason}${"+".repeat(others)}`);
}

Deno.test("checkService() knows a service that is well, and one that is not there", () => {
  const check = checked([condition("Ready", "True")], pod({ container: { ready: true } }));
  assert.equal(check.verdict, "default/chat is Ready");
  assert.deepEqual(blockers(check), []);
  assert.equal(checkService(new Story().state, 0, "default", "chat"), undefined);
});

Deno.test("checkService() goes from the condition to the pods, those with one problem as one", () => {
  const unscheduled = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.";
  const check = checked(
    notReady("MainWorkloadReady", UNAVAILABLE),
    pod({ name: "chat-1", container: { state: { running: {} } } }),
    pod({ name: "chat-2", unscheduled }),
    pod({ name: "chat-3", unscheduled }),
  );
  assert.deepEqual(blockers(check), ["pod/chat-2 Unschedulable+", "pod/chat-1 Loading"]);
  assert.equal(
    check.verdict,
    "default/chat is not Ready because of pod/chat-2 and 1 more: Unschedulable",
  );
});

Deno.test("checkText() counts no pod as ready whose node is gone, or that is on its way out", () => {
  const lost = new Story().apply(
    node(false),
    llm(notReady("MainWorkloadReady", UNAVAILABLE)),
    pod({ name: "chat-1", container: { ready: true } }),
  );
  const check = checkService(lost.state, NOW.nowUs, "default", "chat")!;
  assert.deepEqual(check.pods.map(({ ready, status }) => [ready, status]), [[
    false,
    "NodeNotReady",
  ]]);
  assert.match(checkText(check, NOW), /^Pods, 0 of 1 ready$/m);
  const leaving = pod({ container: { ready: true }, deleted: true });
  assert.match(
    checkText(checked([condition("Ready", "True")], leaving), NOW),
    /^Pods, 0 of 1 ready$/m,
  );
});

Deno.test("checkService() stops at a config that is missing: the rest is from before", () => {
  const message = 'LLMInferenceServiceConfig "tuned" not found in namespaces [default kserve]';
  const check = checked(
    [
      condition("Ready", "False", { reason: "ConfigNotFound", message }),
      condition("PresetsCombined", "False", { reason: "ConfigNotFound", message }),
      condition("MainWorkloadReady", "False", UNAVAILABLE),
    ],
    pod(),
  );
  assert.deepEqual(blockers(check), ["llminferenceserviceconfig/tuned ConfigNotFound"]);
});

Deno.test("checkService() names the gateway, not the pool that waits for it (kserve #6072)", () => {
  const gateway = { reason: "RefsInvalid", message: "Gateway infra/edge does not exist" };
  const pool = condition("InferencePoolReady", "False", { reason: "WaitingForGateway" });
  assert.deepEqual(blockers(checked(notReady("GatewaysReady", gateway, pool))), [
    "gateway/edge RefsInvalid",
  ]);
});

Deno.test("checkService() names the object that a route's condition is about, not the own route", () => {
  const named = (message: string) =>
    blockers(checked(notReady("HTTPRoutesReady", { reason: "RefsInvalid", message })));
  assert.deepEqual(named("HTTPRoute default/mine does not exist"), ["httproute/mine RefsInvalid"]);
  for (const which of ["Managed HTTPRoute", "HTTPRoute default/mine"]) {
    assert.deepEqual(named(`${which} references non-existent Gateway infra/edge`), [
      "gateway/edge RefsInvalid",
    ]);
  }
});

Deno.test("checkService() has the controller's own words about a workload that it could not make", () => {
  const message = "unsupported schema in model URI: gs://a/b";
  const reason = "ReconcileSingleNodeWorkloadError";
  const check = checked(notReady("MainWorkloadReady", { reason, message }));
  assert.deepEqual(blockers(check), [`llmisvc/chat ${reason}`]);
  assert.equal(check.blockers[0]!.message, message);
});

Deno.test("checkService() names the route that a gateway refuses, not the pool (kserve #6072)", () => {
  const route: KubeObject = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "chat-kserve-route", namespace: "default" },
    status: {
      parents: [{
        conditions: [{ type: "Accepted", status: "False", message: "no listener matches" }],
      }],
    },
  };
  const waiting = { reason: "WaitingForGateway", message: "no controller has accepted it yet" };
  const [blocker] = checked(notReady("InferencePoolReady", waiting), route).blockers;
  assert.equal(blocker?.object, "httproute/chat-kserve-route");
  assert.match(blocker?.message ?? "", /no listener matches.*InferencePoolReady only follows/);
});

function deployment(ready: number): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "chat-kserve", namespace: "default" },
    spec: { replicas: 2 },
    status: { readyReplicas: ready },
  };
}

Deno.test("checkService() flags a condition that its child contradicts (kserve #6043)", () => {
  const conditions = notReady("MainWorkloadReady", UNAVAILABLE);
  const [blocker] = checked(conditions, deployment(2)).blockers;
  assert.equal(blocker?.reason, "StaleStatus");
  assert.equal(
    blocker?.message,
    "MainWorkloadReady is False (MinimumReplicasUnavailable), but deployment/chat-kserve has 2 of " +
      "2 ready: the condition is stale",
  );
  assert.deepEqual(blockers(checked(conditions, deployment(0))), ["deployment/chat-kserve NoPods"]);
});

Deno.test("checkService() says that the API server refuses pods, in its words", () => {
  const message = 'pods "chat-kserve-1" is forbidden: exceeded quota: gpus';
  const failure = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message };
  const short = deployment(1);
  const refused = { ...short, status: { ...short.status, conditions: [failure] } };
  const conditions = notReady("MainWorkloadReady", UNAVAILABLE);
  const [blocker] = checked(conditions, refused).blockers;
  assert.equal(blocker?.reason, "FailedCreate");
  assert.equal(blocker?.message, `1 of 2 are ready: ${message}`);
});

Deno.test("checkService() says what is wrong beside a Ready that is True (kserve #1859)", () => {
  const crashing = { state: { waiting: { reason: "CrashLoopBackOff" } }, restartCount: 4 };
  const check = checked([condition("Ready", "True")], pod({ container: crashing }));
  assert.equal(check.ready, "True");
  assert.equal(
    check.verdict,
    "default/chat is Ready, but not all is well: pod/chat-1: CrashLoopBackOff",
  );
});

Deno.test("checkService() tells an endpoint picker that is not ready from the model's pods", () => {
  const check = checked(
    notReady("SchedulerWorkloadReady", UNAVAILABLE, condition("MainWorkloadReady", "False")),
    pod({ name: "epp", scheduler: true, container: { state: { running: {} } } }),
  );
  assert.deepEqual(blockers(check), ["pod/epp Loading", "deployment/chat-kserve NoPods"]);
});

Deno.test("checkService() passes on a condition that nobody foresaw, and one without a status", () => {
  const odd = condition("GroupDegraded", "True", { reason: "MemberDivergence", message: "a, b" });
  assert.deepEqual(blockers(checked([condition("Ready", "True"), odd])), [
    "llmisvc/chat MemberDivergence",
  ]);
  assert.deepEqual(blockers(checked([])), ["llmisvc/chat Unknown"]);
});

Deno.test("checkService() takes a service that was stopped for nothing else", () => {
  const stopped = llm([], { annotations: { "serving.kserve.io/stop": "true" } });
  const { state } = new Story().apply(stopped, pod());
  const check = checkService(state, 0, "default", "chat")!;
  assert.deepEqual(blockers(check), ["llmisvc/chat Stopped"]);
  assert.equal(isFailing(check), false);
});

const CRASHED = checked(
  notReady("MainWorkloadReady", UNAVAILABLE, condition("PresetsCombined", "True")),
  pod({
    container: {
      restartCount: 3,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { message: "CUDA out of memory" } },
    },
  }),
  pod({ name: "epp", scheduler: true, container: { ready: true } }),
);

Deno.test("checkText() has verdict, conditions, causes with advice, pods and the last minute", () => {
  assert.equal(
    checkText(CRASHED, NOW),
    `✖ default/chat is not Ready because of pod/chat-1: OutOfMemory

Conditions
  ✖ Ready                   False   10m   MinimumReplicasUnavailable
    ✔ PresetsCombined       True    10m
    ✖ WorkloadsReady        False   10m   MinimumReplicasUnavailable
      ✖ MainWorkloadReady   False   10m   MinimumReplicasUnavailable   Deployment does not have minimum availability.

What blocks it
  pod/chat-1: OutOfMemory
    container main died 3 times, the last time of: CUDA out of memory
    → Give the model more GPU memory, by spec.parallelism.tensor and nvidia.com/gpu, or lower --max-model-len: \`mtop logs chat-1 -n default --previous\` has its last words

Pods, 1 of 2 ready
  NAME     STATUS        RESTARTS   NODE
  chat-1   OutOfMemory          3   n1
  epp      Ready                0   n1

Last minute
  requests   -
  errors     -
  TTFT p95   -
  ITL p95    -
  E2E p95    -
  goodput    -
  waiting    -
  KV cache   -
`,
  );
});

Deno.test("checkText() holds latencies against their objectives, where there are some", () => {
  const serving = { ...CRASHED.serving, ttftP95Us: 900_000, itlP95Us: 70_000, rps: 2 };
  const slo = { ttftP95Us: 1_000_000, itlP95Us: 50_000, e2eP95Us: 1 };
  const text = checkText({ ...CRASHED, serving: { ...serving, slo } }, NOW);
  assert.match(text, /requests {3}2 rps\n/);
  assert.match(text, /TTFT p95 {3}900ms, objective 1s met\n/);
  assert.match(text, /ITL p95 {4}70ms, objective 50ms missed\n/);
  assert.match(text, /E2E p95 {4}-\n/);
  const ofScenario = { ...serving, tpotP95Us: 40_000, slo: { ...slo, itlIsMean: true as const } };
  const mean = checkText({ ...CRASHED, serving: ofScenario }, NOW);
  assert.match(mean, /ITL p95 {4}70ms\n {2}TPOT p95 {3}40ms, objective 50ms met\n/);
});

Deno.test("fleetText() has a line for each service and counts those that fail", () => {
  const story = new Story().apply(
    node(),
    llm([condition("Ready", "True")], { name: "ok" }),
    llm(notReady("MainWorkloadReady", UNAVAILABLE)),
    llm([], { name: "off", annotations: { "serving.kserve.io/stop": "true" } }),
    pod({ unscheduled: "0/1 nodes are available" }),
  );
  const checks = checkFleet(story.state, NOW.nowUs);
  const lines = fleetText(checks, { ...NOW, width: 80 }).split("\n");
  assert.deepEqual(lines.slice(0, 4), [
    "NAMESPACE   NAME   READY       BLOCKED BY",
    "default     chat   ✖ False     Unschedulable pod/chat-1",
    "default     off    ◌ Unknown   Stopped llmisvc/off",
    "default     ok     ✔ True",
  ]);
  assert.equal(lines.at(-2), "3 services: 1 ready, 1 not ready, 1 stopped");
  assert.ok(lines.every((line) => displayWidth(line) <= 80), lines.join("\n"));
  assert.deepEqual(checkFleet(story.state, NOW.nowUs, "elsewhere"), []);
});

/** Two services that fail, of one name or of two. */
function failing(other: string): Check[] {
  const story = new Story().apply(
    node(),
    llm(notReady("MainWorkloadReady", UNAVAILABLE)),
    llm(notReady("MainWorkloadReady", UNAVAILABLE), { name: other, namespace: "team-a" }),
    pod({ unscheduled: "0/1 nodes are available" }),
  );
  return checkFleet(story.state, NOW.nowUs);
}

Deno.test("fleetText() has all advice at every width, and on a pipe a line for each", () => {
  const checks = failing("other");
  const advised = (text: string) => text.replaceAll(/\s+/g, "");
  const [first] = checks;
  const line = `default/chat: Unschedulable pod/chat-1 → ${first!.blockers[0]!.advice}`;
  assert.ok(fleetText(checks, NOW).split("\n").includes(line));
  for (const width of [20, 40, 80, 200]) {
    const text = fleetText(checks, { ...NOW, width });
    assert.ok(advised(text).includes(advised(line)), `${width}`);
    const wide = text.split("\n").slice(0, -2).filter((each) => displayWidth(each) > width);
    assert.deepEqual(wide, []);
  }
  // A command that fits a line is not broken.
  assert.match(fleetText(checks, { ...NOW, width: 60 }), /`mtop describe pod\/chat-1 -n default`/);
});

Deno.test("fleetText() leaves the namespace out only where names tell services apart", () => {
  assert.match(fleetText(failing("other"), { ...NOW, width: 30 }), /^NAME /);
  assert.match(fleetText(failing("chat"), { ...NOW, width: 30 }), /^NAMESPACE /);
});

const THRESHOLDS = {
  kvCacheUsage: { warn: 0.7, critical: 0.9 },
  errorRate: { warn: 0.01, critical: 0.05 },
  slo: { warn: 0.8, critical: 1 },
  waiting: { warn: 0, critical: 1 },
};

Deno.test("checkService() says what waits at a Ready service, from the thresholds on", () => {
  const story = new Story().tell({
    kind: "run.started",
    scenario: "s",
    scenarioHash: "",
    seed: 1,
    durationUs: 0,
    warmupUs: 0,
    keepSeconds: 60,
    calibration: {},
    slo: [],
  }).apply(node(), llm([condition("Ready", "True")]));
  const checkAt = (critical: number) => {
    const thresholds = { ...THRESHOLDS, kvCacheUsage: { warn: 0, critical } };
    story.at(600).window({ "chat-1": [2, 10] });
    return checkService(story.state, NOW.nowUs, "default", "chat", { thresholds })!;
  };
  const full = checkAt(0.125);
  assert.equal(
    full.verdict,
    "default/chat is Ready, but not all is well: KV cache 12.5%",
  );
  assert.deepEqual(blockers(full), ["llmisvc/chat Overloaded"]);
  assert.match(full.blockers[0]!.advice, /replicas or GPUs.*`mtop top`/);
  assert.match(checkText(full, NOW), /waiting {4}1\n {2}KV cache {3}12\.5%\n/);
  assert.match(fleetText([full], NOW), /✔ True +Overloaded llmisvc\/chat\n/);
  assert.equal(isFailing(full), false);
  assert.deepEqual(blockers(checkAt(0.2)), []);
  // A queue longer than half of what runs, but only once it lasts.
  const waiting = { ...THRESHOLDS, waiting: { warn: 0, critical: 0.4 } };
  const check = () =>
    checkService(story.state, NOW.nowUs, "default", "chat", { thresholds: waiting })!;
  assert.deepEqual(blockers(check()), []);
  for (let second = 571; second <= 600; second++) story.at(second).window({ "chat-1": [2, 10] });
  assert.match(check().verdict, /not all is well: 1 request waits$/);
});

Deno.test("a service of 0 replicas is stopped, whatever its conditions say", () => {
  const service = llm([condition("Ready", "True")]);
  const story = new Story().apply({ ...service, spec: { ...service.spec, replicas: 0 } });
  const [check] = checkFleet(story.state, NOW.nowUs);
  assert.equal(check!.verdict, "default/chat is stopped: it is scaled to 0 replicas");
  assert.deepEqual([check!.ready, isFailing(check!)], ["True", false]);
  assert.match(fleetText([check!], NOW), /\n1 service: 0 ready, 0 not ready, 1 stopped\n$/);
});

Deno.test("checkData() has null for what is unknown", () => {
  const data = JSON.parse(JSON.stringify(checkData(CRASHED)));
  assert.equal(data.ready, "False");
  assert.deepEqual(data.lastMinute, {
    requestsPerSecond: null,
    ttftP95Ms: null,
    itlP95Ms: null,
    e2eP95Ms: null,
    errorRate: null,
    goodput: null,
    waiting: null,
    kvCacheUsage: null,
  });
  assert.equal(data.blockers[0].object, "pod/chat-1");
});

Deno.test("checkText() says why a service is not simulated, checkData() too", () => {
  const check = checked([condition("Ready", "True")], pod({ container: { ready: true } }));
  const notSimulated = "autoscaling is not modelled yet";
  const told = { ...check, serving: { ...check.serving, notSimulated } };
  assert.match(checkText(told, NOW), /\nLast minute\n {2}not simulated: autoscaling is not/);
  assert.equal(checkData(told)["notSimulated"], notSimulated);
  assert.ok(!checkText(check, NOW).includes("not simulated"));
  assert.equal(checkData(check)["notSimulated"], null);
});
