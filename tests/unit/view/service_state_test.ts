import assert from "node:assert/strict";
import {
  desiredReplicas,
  readyReplicas,
  SERVICE_WORDS,
  serviceWord,
} from "../../../src/view/service_state.ts";
import { cells } from "../../../src/view/spans.ts";
import { pod, service } from "./sample_fleet.ts";

const down = service("s", { ready: "False", readyReplicas: 0 });

Deno.test("serviceWord() is Ready when the condition says so, whatever the pods do", () => {
  const crashing = pod("s", "p", { node: "n", waiting: "CrashLoopBackOff" });
  assert.equal(serviceWord(service("s", { ready: "True", readyReplicas: 3 }), [crashing]), "Ready");
});

Deno.test("serviceWord() is Degraded while some replicas serve", () => {
  const some = service("s", { ready: "False", replicas: 4, readyReplicas: 2 });
  const crashing = pod("s", "p", { node: "n", waiting: "CrashLoopBackOff" });
  assert.equal(serviceWord(some, [crashing]), "Degraded");
});

Deno.test("serviceWord() says why nothing serves: a pod that fails, fits nowhere, or starts", () => {
  const words = [
    pod("s", "p", { node: "n", waiting: "CrashLoopBackOff" }),
    pod("s", "p", { node: "n", waiting: "ImagePullBackOff" }),
    pod("s", "p", { node: "n", restarts: 3, crashed: true }),
    pod("s", "p"),
    pod("s", "p", { node: "n", waiting: "ContainerCreating" }),
    pod("s", "p", { node: "n", restarts: 1, crashed: true }),
  ].map((one) => serviceWord(down, [one]));
  assert.deepEqual(words, ["Failed", "Failed", "Failed", "Pending", "Progressing", "Progressing"]);
});

Deno.test("serviceWord() is Failed when a config is missing or the service cannot be made", () => {
  const conditions = [{ type: "PresetsCombined", status: "False" }];
  assert.equal(serviceWord(service("s", { ready: "Unknown", conditions }), []), "Failed");
  const refused = service("s", { ready: "False", reason: "RefsInvalid" });
  assert.equal(serviceWord(refused, []), "Failed");
  const waiting = service("s", { ready: "False", reason: "Progressing" });
  assert.equal(serviceWord(waiting, []), "Progressing");
});

Deno.test("serviceWord() is Stopped by annotation, by reason and by no replicas", () => {
  const annotations = { "serving.kserve.io/stop": "true" };
  assert.equal(serviceWord(service("s", { annotations, ready: "True" }), []), "Stopped");
  assert.equal(serviceWord(service("s", { ready: "False", reason: "Stopped" }), []), "Stopped");
  assert.equal(serviceWord(service("s", { replicas: 0 }), []), "Stopped");
});

Deno.test("serviceWord() is Unknown where nothing was told", () => {
  assert.equal(serviceWord(service("s"), []), "Unknown");
});

Deno.test("replicas count prefill too, and are unknown where nothing was told", () => {
  assert.equal(desiredReplicas(service("s", { replicas: 2, prefill: {} })), 3);
  assert.equal(readyReplicas(service("s"), []), undefined);
  assert.equal(readyReplicas(down, []), 0);
  const pods = [pod("s", "a", { node: "n", ready: true }), pod("s", "b", { node: "n" })];
  assert.equal(readyReplicas(service("s", { ready: "False" }), pods), 1);
});

Deno.test("every state's glyph takes one cell", () => {
  for (const { glyph } of Object.values(SERVICE_WORDS)) assert.equal(cells(glyph), 1, glyph);
});

Deno.test("desiredReplicas() are those of the workloads that were made, else the service's own", () => {
  const own = { ...service("s", { replicas: 2 }) };
  assert.equal(desiredReplicas(own), 2);
  const primary = { apiGroup: "apps", kind: "Deployment", name: "s-kserve" };
  const made = { ...own, status: { workloads: { primary } } };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "s-kserve" },
    spec: { replicas: 5 },
  };
  assert.equal(desiredReplicas(made, { "apps/Deployment/default/s-kserve": deployment }), 5);
});
