// Selectors as runbooks and KServe's documentation have them select the pods that they mean.
import assert from "node:assert/strict";
import { parseLabelSelector } from "../../../src/kube/selector.ts";
import { goldenWorld, MINUTE, type World } from "./golden_world.ts";

function worldAfterStart(shape: string): World {
  const world = goldenWorld(shape);
  world.clock.runUntil(10 * MINUTE);
  return world;
}

/** As `get pods -l` does: names without what is drawn, sorted. */
function pods({ objects }: World, selector: string): string[] {
  const parsed = parseLabelSelector(selector);
  if ("problem" in parsed) assert.fail(parsed.problem);
  return objects("Pod").filter(({ metadata }) => parsed.matches(metadata.labels ?? {}))
    .map(({ metadata: { name } }) => name.replace(/-[a-z0-9]{10}-[a-z0-9]{5}$/, "")).sort();
}

const of = (name: string) =>
  `app.kubernetes.io/name=${name},app.kubernetes.io/part-of=llminferenceservice`;

Deno.test("a selector of all pods of a service selects its endpoint picker too", () => {
  const world = worldAfterStart("with-scheduler");
  assert.deepEqual(pods(world, of("with-scheduler")), [
    "with-scheduler-kserve",
    "with-scheduler-kserve",
    "with-scheduler-kserve-router-scheduler",
  ]);
  const model = `${of("with-scheduler")},kserve.io/component=workload`;
  assert.deepEqual(pods(world, model), ["with-scheduler-kserve", "with-scheduler-kserve"]);
  const picker = `${
    of("with-scheduler")
  },app.kubernetes.io/component=llminferenceservice-router-scheduler`;
  assert.deepEqual(pods(world, picker), ["with-scheduler-kserve-router-scheduler"]);
});

Deno.test("a selector of a role selects the pods that prefill, and those that decode", () => {
  const world = worldAfterStart("prefill-decode");
  const role = (role: string) => pods(world, `${of("prefill-decode")},llm-d.ai/role=${role}`);
  assert.deepEqual(role("prefill"), ["prefill-decode-kserve-prefill"]);
  assert.deepEqual(role("decode"), ["prefill-decode-kserve", "prefill-decode-kserve"]);
  assert.deepEqual(role("both"), []);
});

Deno.test("a selector of a LeaderWorkerSet's labels selects groups, leaders and workers", () => {
  const world = worldAfterStart("multi-node");
  const lws = "leaderworkerset.sigs.k8s.io";
  assert.deepEqual(pods(world, `${lws}/name=multi-node-kserve-mn`), [
    "multi-node-kserve-mn-0",
    "multi-node-kserve-mn-0-1",
  ]);
  assert.deepEqual(pods(world, `${lws}/worker-index=0`), ["multi-node-kserve-mn-0"]);
  assert.deepEqual(pods(world, `${lws}/group-index=0,${lws}/worker-index=1`), [
    "multi-node-kserve-mn-0-1",
  ]);
  // Workers take no traffic: the InferencePool selects leaders alone.
  assert.deepEqual(pods(world, `${of("multi-node")},kserve.io/component=workload`), [
    "multi-node-kserve-mn-0",
  ]);
});

for (const shape of ["with-scheduler", "prefill-decode", "multi-node"]) {
  Deno.test(`the Services, pools and workloads of ${shape} select pods that are there`, () => {
    const world = worldAfterStart(shape);
    const selectorOf = (spec: unknown): Record<string, string> | undefined => {
      const selector = (spec as { selector?: Record<string, unknown> }).selector;
      return (selector?.["matchLabels"] ?? selector) as Record<string, string> | undefined;
    };
    for (const kind of ["Service", "InferencePool", "Deployment", "ReplicaSet"]) {
      for (const { metadata, spec } of world.objects(kind)) {
        const labels = Object.entries(selectorOf(spec) ?? {});
        const selected = pods(world, labels.map(([key, value]) => `${key}=${value}`).join());
        assert.ok(selected.length > 0, `${kind} ${metadata.name} selects nothing`);
      }
    }
  });

  Deno.test(`every object of ${shape} leads by its owners to the service, each with its uid`, () => {
    const world = worldAfterStart(shape);
    const all = Object.values(world.journal.state.objects);
    const service = world.service();
    const known = new Set(["Node", "Gateway", "LLMInferenceService", "ClusterRoleBinding"]);
    for (const object of all.filter(({ kind }) => !known.has(kind))) {
      let at = object;
      while (at !== service) {
        const [owner] = at.metadata.ownerReferences ?? [];
        assert.ok(owner, `${at.kind} ${at.metadata.name} has no owner`);
        const found = all.find(({ metadata }) => metadata.uid === owner.uid);
        assert.ok(found, `${owner.kind} ${owner.name} of ${at.metadata.name} is not there`);
        assert.deepEqual([found.kind, found.metadata.name], [owner.kind, owner.name]);
        at = found;
      }
    }
  });
}
