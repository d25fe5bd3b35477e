import assert from "node:assert/strict";
import { replacementOf } from "../../../src/fleet/node_names.ts";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { problems, smallScenario } from "../scenario/small_run.ts";
import { faulty } from "./faulty_fleet.ts";

const reclaim = (fields: object = {}) => ({
  ...{ kind: "spot-reclaim", name: "reclaim", when: "2m" },
  on: { kind: "nodes", mode: "first" },
  ...fields,
});

/** A node with room for one pod that is no spot node, and two that are. */
const run = (provider: string, fields: object = {}, output = 300) =>
  faulty({
    duration: "20m",
    cluster: {
      nodes: [
        { count: 1, gpus: "1xH100-SXM", name: "own" },
        { count: 2, gpus: "1xH100-SXM", name: "spot", spot: provider },
      ],
    },
    services: [llm("chat", {
      replicas: 3,
      // AKS taints its spot nodes.
    })].map((service) => ({
      ...service,
      spec: {
        ...service.spec,
        template: { ...service.spec.template, tolerations: [{ operator: "Exists" }] },
      },
    })),
    load: [{
      ...{ kind: "constant", name: "users", to: "chat", rps: 3 },
      prompt: { kind: "fixed", tokens: 100 },
      output: { kind: "fixed", tokens: output },
    }],
    faults: [reclaim(fields)],
  });

const names = ({ objects }: ReturnType<typeof run>) =>
  objects("Node").map(({ metadata }) => metadata.name).sort();
const removedAt = ({ of }: ReturnType<typeof run>) =>
  of("object.deleted").filter(({ key }) => key.startsWith("/Node/")).map(({ at }) => at / SECOND);
const lost = (result: ReturnType<typeof run>) =>
  result.of("request").filter(({ outcome }) => outcome === "failed");

Deno.test("spotReclaim by AWS leaves pods their grace, takes the node for good, and nobody comes in its stead", () => {
  const result = run("aws");
  const [begun] = result.of("fault");
  const [gone] = begun!.targets;
  assert.match(gone!, /^spot-/);
  assert.deepEqual(result.told("SpotInterruption"), [[120, gone]]);
  assert.deepEqual(lost(result), []);
  // The notice, the node controller's grace, the cloud controller's next look.
  assert.deepEqual(removedAt(result), [120 + 120 + 50 + 5]);
  assert.equal(names(result).includes(gone!), false);
  const pending = result.objects("Pod").filter(({ status }) => status!["phase"] === "Pending");
  assert.equal(pending.length, 1, "there is room for two");
});

for (const provider of ["gcp", "azure"]) {
  Deno.test(`spotReclaim by ${provider} is sooner than long answers end: they are lost`, () => {
    const result = run(provider, {}, 8000);
    const [first] = lost(result);
    assert.ok(lost(result).length > 20, `${lost(result).length}`);
    // They hang for the node controller's grace, from the end of the notice on.
    assert.equal(first!.at / SECOND, 120 + 30 + 50);
    assert.deepEqual(removedAt(result), [120 + 30 + 55]);
    assert.equal(lost(run("aws", {}, 3000)).length, 0, "two minutes are enough for shorter ones");
  });
}

Deno.test("spotReclaim takes the notice that it is told", () => {
  assert.deepEqual(removedAt(run("aws", { notice: "10s" })), [120 + 10 + 55]);
});

Deno.test("spotReclaim brings a new node when it is told when, which takes the pod that waits", () => {
  const result = run("aws", { replacedAfter: "4m" });
  assert.ok(names(result).includes("spot-4"), names(result).join());
  const node = result.objects("Node").find(({ metadata }) => metadata.name === "spot-4")!;
  assert.equal(node.metadata["creationTimestamp"], "2026-01-01T00:06:00Z");
  const [scheduled] = result.told("Scheduled").filter(([at]) => at >= 360);
  assert.equal(scheduled![0], 360);
  const served = new Set(
    result.of("request").filter(({ arrivedUs }) => arrivedUs > 900 * SECOND).map(({ pod }) => pod),
  );
  assert.equal(served.size, 3);
});

Deno.test("spotReclaim's new node and one that joins later have names of their own", () => {
  const joining = [{ count: 1, gpus: "1xH100-SXM", joins: "8m" }];
  const { objects } = faulty({
    duration: "20m",
    services: [llm("chat", { replicas: 2 })],
    load: [],
    cluster: { nodes: [{ count: 2, gpus: "1xH100-SXM", spot: "gcp" }, ...joining] },
    faults: [reclaim({ replacedAfter: "1m" })],
  });
  const born = objects("Node").map(({ metadata }) =>
    [metadata.name, metadata["creationTimestamp"]] as const
  );
  assert.equal(new Set(born.map(([name]) => name)).size, 3);
  assert.deepEqual(born.filter(([name]) => name === "node-3" || name === "node-4"), [
    ["node-3", "2026-01-01T00:03:00Z"],
    ["node-4", "2026-01-01T00:08:00Z"],
  ]);
});

Deno.test("spotReclaim again and again finds the new nodes too", () => {
  const when = { kind: "every", interval: "3m", from: "2m" };
  const result = run("aws", { when, replacedAfter: "1m", on: { kind: "nodes", mode: "all" } });
  const begun = result.of("fault").filter(({ phase }) => phase === "begin");
  const all = new Set(begun.flatMap(({ targets }) => targets));
  assert.ok(all.size >= 6 && ![...all].includes("own-1"), [...all].join());
});

Deno.test("spotReclaim passes over a node that was told to go already", () => {
  const when = { kind: "every", interval: "30s", from: "2m", times: 3 };
  const { of } = run("aws", { when, on: { kind: "nodes", mode: "all" } });
  const [first, ...others] = of("fault").map(({ targets }) => targets);
  assert.deepEqual(first, ["spot-2", "spot-3"]);
  assert.ok(others.every((targets) => targets.length === 0), JSON.stringify(others));
});

Deno.test("spotReclaim is refused where no node is a spot node, or the one that is meant is none", () => {
  const nodes = [{ count: 1, gpus: "2xH100-SXM" }];
  assert.deepEqual(problems(smallScenario({ cluster: { nodes }, faults: [reclaim()] })), {
    "faults[0].on": 'Cannot take spot nodes back: no node says spot: "aws", "azure" or "gcp"',
  });
  const mixed = [...nodes, { count: 1, gpus: "2xH100-SXM", spot: "gcp" }];
  const on = { kind: "nodes", name: "node-1", mode: "all" };
  assert.deepEqual(
    problems(smallScenario({ cluster: { nodes: mixed }, faults: [reclaim({ on })] })),
    {
      "faults[0].on.name": 'Cannot take "node-1" back: it is no spot node',
    },
  );
});

Deno.test("replacementOf() counts on within the group", () => {
  assert.equal(replacementOf("spot-2", ["own-7", "spot-1", "spot-2", "spot-3"]), "spot-4");
  assert.equal(replacementOf("gpu-a-1", ["gpu-a-1", "gpu-b-9"]), "gpu-a-2");
  assert.equal(replacementOf("worker", ["worker", "worker-1"]), "worker-2");
});
