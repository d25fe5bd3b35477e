// A service whose annotation stops it from the run's beginning on.
import assert from "node:assert/strict";
import { llm } from "../fleet/small_fleet.ts";
import { run, smallScenario } from "./small_run.ts";

function stopped() {
  const chat = llm("chat");
  const annotations = { "serving.kserve.io/stop": "true" };
  return { ...chat, metadata: { ...chat.metadata, annotations } };
}

Deno.test("a run of a service that its manifest stops makes nothing of it and refuses all requests", () => {
  const { state } = run(smallScenario({ services: [stopped()] }));
  const { requests } = state.services["chat"]!.revisions["stable"]!.measured;
  assert.ok(requests.arrived > 0);
  assert.equal(requests.rejected, requests.arrived);
  assert.deepEqual(Object.values(state.objects).filter(({ kind }) => kind === "Pod"), []);
});

Deno.test("a change resumes a service that its manifest stops", () => {
  const changes = [{ kind: "change", service: "chat", when: "1s", stopped: false }];
  const { state } = run(smallScenario({ services: [stopped()], duration: "10m", changes }));
  const pods = Object.values(state.objects).filter(({ kind }) => kind === "Pod");
  assert.ok(pods.length > 0);
  assert.ok(state.services["chat"]!.revisions["stable"]!.measured.requests.completed > 0);
});

Deno.test("a canary of a stopped service waits for it at setWeight", () => {
  const canary = {
    kind: "canary",
    service: "chat",
    at: "1s",
    to: { image: "vllm:2" },
    steps: [{ kind: "setWeight", weight: 50 }],
  };
  const { state } = run(smallScenario({ services: [stopped()], rollouts: [canary] }));
  assert.equal(state.rollouts["rollouts[0]"]!.step, 0);
  assert.equal(state.services["chat"]!.weights["canary"], 0);
});
