// What a service says when its way through the gateways is not as it should be.
import assert from "node:assert/strict";
import { checkFleet } from "../../../src/report/check.ts";
import { conditionOf, SECOND, type World, worldOf } from "./golden_world.ts";

const NODE = `
apiVersion: v1
kind: Node
metadata: { name: gpu-1, labels: { nvidia.com/gpu.product: H100-SXM } }
status: { allocatable: { cpu: "96", memory: 1000Gi, nvidia.com/gpu: "8" } }
`;

function world(router: string, ...others: readonly string[]): World {
  const service = `
apiVersion: serving.kserve.io/v1alpha2
kind: LLMInferenceService
metadata: { name: chat, namespace: ml, annotations: { mtop.dev/rps: "0" } }
spec:
  model: { uri: hf://meta-llama/Llama-3.1-8B-Instruct }
  template: { containers: [{ name: main, resources: { limits: { nvidia.com/gpu: "1" } } }] }
  router: ${router}
`;
  const made = worldOf([NODE, service, ...others].join("\n---\n"));
  made.clock.runUntil(SECOND);
  return made;
}

function gateway(name: string, status: string): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: infra }
spec: { gatewayClassName: envoy, listeners: [{ name: http, protocol: HTTP, port: 80 }] }
${status}`;
}

/** No controller has looked at it. */
const IGNORED = gateway("edge", "status: { conditions: [] }");
/** Its controller is there, its address is not. */
const WAITING = gateway(
  "edge",
  'status: { conditions: [{ type: Accepted, status: "True" }, { type: Programmed, status: "False" }] }',
);
const REFS = "gateway: { refs: [{ name: edge, namespace: infra }] }";

function says(made: World, type: string): (string | undefined)[] {
  const { status, reason, message } = conditionOf(made.service(), type)!;
  return [status, reason, message];
}

function made(from: World, kind: string): string[] {
  return from.objects(kind).map(({ metadata }) => metadata.name);
}

Deno.test("a service whose Gateway does not exist has no route, no pool and no endpoint picker", () => {
  const missing = world(`{ route: {}, scheduler: {}, ${REFS} }`);
  const message = "Gateway infra/edge does not exist";
  assert.deepEqual(says(missing, "GatewaysReady"), ["False", "RefsInvalid", message]);
  assert.deepEqual(says(missing, "RouterReady"), ["False", "RefsInvalid", message]);
  assert.equal(conditionOf(missing.service(), "HTTPRoutesReady"), undefined);
  assert.deepEqual(made(missing, "HTTPRoute"), []);
  assert.deepEqual(made(missing, "InferencePool"), []);
  assert.deepEqual(made(missing, "Deployment"), ["chat-kserve"]);
  assert.equal(missing.service().status!["workloads"], undefined);
  const [event] = missing.events().filter(({ reason }) => reason === "Error");
  assert.equal(event?.message, `Reconciliation failed: failed to reconcile networking: ${message}`);
});

Deno.test("a service whose HTTPRoute does not exist says which one", () => {
  const missing = world("{ route: { http: { refs: [{ name: mine }] } } }");
  const message = "HTTPRoute ml/mine does not exist";
  assert.deepEqual(says(missing, "HTTPRoutesReady"), ["False", "RefsInvalid", message]);
});

Deno.test("a service whose own route names a Gateway that does not exist says so of the route", () => {
  const spec = "{ parentRefs: [{ name: nobody, namespace: infra }] }";
  const missing = world(`{ route: { http: { spec: ${spec} } } }`);
  const message = "Managed HTTPRoute references non-existent Gateway infra/nobody";
  assert.deepEqual(says(missing, "HTTPRoutesReady"), ["False", "RefsInvalid", message]);
});

Deno.test("a service whose pool does not exist says so, and has its route", () => {
  const missing = world("{ route: {}, scheduler: { pool: { ref: { name: other } } } }");
  const message = "Inference Pool ml/other not found (checked v1 and v1alpha2)";
  assert.deepEqual(says(missing, "InferencePoolReady"), [
    "False",
    "InferencePoolFetchError",
    message,
  ]);
  const [check] = checkFleet(missing.journal.state, missing.clock.nowUs);
  assert.ok(check!.blockers.some(({ object }) => object === "inferencepool/other"));
  assert.deepEqual(made(missing, "HTTPRoute"), ["chat-kserve-route"]);
  assert.deepEqual(made(missing, "Deployment"), ["chat-kserve"]);
});

Deno.test("a Gateway that no controller cares for keeps gateway, route and pool from being ready", () => {
  const ignored = world(`{ route: {}, scheduler: {}, ${REFS} }`, IGNORED);
  assert.deepEqual(says(ignored, "GatewaysReady"), [
    "False",
    "GatewaysNotReady",
    "The following Gateways are not ready: [infra/edge]",
  ]);
  assert.deepEqual(says(ignored, "InferencePoolReady"), [
    "False",
    "WaitingForGateway",
    "Inference Pool ml/chat-inference-pool exists but no Gateway controller has accepted it yet",
  ]);
  assert.deepEqual(says(ignored, "HTTPRoutesReady"), [
    "False",
    "HTTPRoutesNotReady",
    "The following HTTPRoutes are not ready: [ml/chat-kserve-route: " +
    "v1.HTTPRouteStatus{RouteStatus:v1.RouteStatus{Parents:[]v1.RouteParentStatus(nil)}}]",
  ]);
  // The first in KServe's order is the parent's.
  assert.equal(says(ignored, "RouterReady")[1], "GatewaysNotReady");
});

Deno.test("a Gateway without an address keeps only itself from being ready", () => {
  const waiting = world(`{ route: {}, scheduler: {}, ${REFS} }`, WAITING);
  assert.equal(says(waiting, "GatewaysReady")[1], "GatewaysNotReady");
  assert.deepEqual(says(waiting, "HTTPRoutesReady"), ["True", undefined, undefined]);
  assert.deepEqual(says(waiting, "InferencePoolReady"), ["True", undefined, undefined]);
});

Deno.test("a pool without a route waits for a gateway for ever", () => {
  assert.equal(says(world("{ scheduler: {} }"), "InferencePoolReady")[1], "WaitingForGateway");
});

Deno.test("a service without a router is reached inside of the cluster, its router being True", () => {
  const alone = world("{}");
  assert.deepEqual(says(alone, "RouterReady"), ["True", undefined, undefined]);
  assert.equal(
    alone.service().status!["url"],
    "http://chat-kserve-workload-svc.ml.svc.cluster.local",
  );
});

Deno.test("a service whose picker wants tokens has a tokenizer, and is ready when that is", () => {
  const tokens = world("{ route: {}, scheduler: { tokenizer: {} } }");
  assert.deepEqual(made(tokens, "Deployment").sort(), [
    "chat-kserve",
    "chat-kserve-router-scheduler",
    "chat-tokenizer",
  ]);
  assert.equal(says(tokens, "TokenizerReady")[0], "False");
  const service = tokens.objects("Service").find(({ metadata }) =>
    metadata.name === "chat-tokenizer"
  );
  const labels = tokens.objects("Pod")
    .find(({ metadata }) => metadata.name.startsWith("chat-tokenizer-"))!.metadata.labels!;
  const selector = service!.spec!["selector"] as Record<string, string>;
  for (const [key, value] of Object.entries(selector)) assert.equal(labels[key], value);
  tokens.clock.runUntil(60 * SECOND);
  assert.equal(says(tokens, "TokenizerReady")[0], "True");
  assert.equal(says(tokens, "RouterReady")[0], "True");
});

Deno.test("a service that is stopped has nothing, and says so of all that it could have", () => {
  const stopped = worldOf([
    NODE,
    `
apiVersion: serving.kserve.io/v1alpha2
kind: LLMInferenceService
metadata:
  name: chat
  namespace: ml
  annotations: { serving.kserve.io/stop: "true" }
spec:
  model: { uri: hf://meta-llama/Llama-3.1-8B-Instruct }
  router: { route: {}, scheduler: {} }
`,
  ].join("\n---\n"));
  stopped.clock.runUntil(SECOND);
  const { status } = stopped.service();
  const conditions = status!["conditions"] as unknown as readonly Record<string, string>[];
  const bad = conditions.filter((condition) => condition["status"] === "False");
  assert.deepEqual(bad.map(({ type }) => type), [
    ...["GatewaysReady", "HTTPRoutesReady", "InferencePoolReady", "MainWorkloadReady", "Ready"],
    ...["RouterReady", "SchedulerWorkloadReady", "WorkloadsReady"],
  ]);
  for (const { reason, message } of bad) {
    assert.deepEqual([reason, message], ["Stopped", "Service is stopped"]);
  }
  for (const field of ["url", "addresses", "router", "workloads"]) {
    assert.equal(status![field], undefined);
  }
  const kinds = new Set(Object.values(stopped.journal.state.objects).map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), ["Gateway", "LLMInferenceService", "Node"]);
});
