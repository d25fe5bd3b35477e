import assert from "node:assert/strict";
import { rollout, type RolloutOptions } from "../../../src/cli/rollout.ts";
import type { AnalysisPhase, RolloutPhase, Strategy } from "../../../src/fleet/events.ts";
import { REVISION_OF } from "../../../src/fleet/strategies.ts";
import type { JsonObject, KubeObject } from "../../../src/kube/object.ts";
import { assertGolden } from "../../golden/golden.ts";
import { condition, llm, SECOND, Story } from "../report/story.ts";
import { runOver } from "./story_context.ts";

const NOW = 900;

function run(
  story: Story,
  view: Parameters<typeof rollout>[0],
  name?: string,
  options: Partial<RolloutOptions> = {},
) {
  return runOver(
    story,
    NOW * SECOND,
    (context) => rollout(view, name, { output: "text", ...options }, context),
  );
}

const WORKLOAD = "llminferenceservice-workload";

/** An object of the workload of a service, by its owner. */
function owned(
  kind: "Deployment" | "ReplicaSet" | "Pod",
  service: string,
  name: string,
  owner: string,
  fields: JsonObject,
  annotations: Record<string, string> = {},
): KubeObject {
  return {
    apiVersion: kind === "Pod" ? "v1" : "apps/v1",
    kind,
    metadata: {
      name,
      namespace: "default",
      creationTimestamp: annotations["born"] ?? "2026-01-01T00:04:00Z",
      labels: { "app.kubernetes.io/name": service, "app.kubernetes.io/component": WORKLOAD },
      annotations,
      ownerReferences: [{
        apiVersion: "apps/v1",
        kind: owner,
        name: name.slice(0, name.lastIndexOf("-")),
        uid: "1",
        controller: true,
      }],
    },
    ...fields,
  } as KubeObject;
}

interface Counts {
  readonly replicas: number;
  readonly ready: number;
  readonly image?: string;
}

/** A ReplicaSet with its pods, so many of them ready. */
function replicaSet(
  service: string,
  name: string,
  { replicas, ready, image = "vllm:1" }: Counts,
  annotations: Record<string, string> = {},
): KubeObject[] {
  const set = owned("ReplicaSet", service, name, "Deployment", {
    spec: { replicas, template: { spec: { containers: [{ name: "main", image }] } } },
    status: { replicas, readyReplicas: ready, availableReplicas: ready },
  }, annotations);
  const pods = Array.from(
    { length: replicas },
    (_, index) =>
      owned("Pod", service, `${name}-${index}`, "ReplicaSet", {
        spec: { nodeName: "n1", containers: [{ name: "main" }] },
        status: {
          phase: "Running",
          containerStatuses: [{
            name: "main",
            ready: index < ready,
            restartCount: index < ready ? 0 : 2,
            state: index < ready ? { running: {} } : { waiting: { reason: "CrashLoopBackOff" } },
          }],
        },
      }),
  );
  return [set, ...pods];
}

interface Told {
  readonly strategy?: Strategy;
  readonly phase?: RolloutPhase;
  readonly step?: number;
  readonly message?: string;
  readonly weight?: number;
  readonly eligible?: readonly string[];
}

const RUN = "rollouts[0]/guard";

/** `chat` with a rollout to a further member, of which one pod is ready and one is not. */
function rolling(told: Told = {}): Story {
  const { strategy = "canary", phase = "Paused", step = 1, message = "", weight = 25 } = told;
  const made = REVISION_OF[strategy] ?? "canary";
  const { eligible = ["stable", made] } = told;
  const story = new Story().at(240).apply(
    llm([condition("Ready", "True")]),
    llm([condition("Ready", "False")], { name: `chat-${made}` }),
    ...replicaSet("chat", "chat-kserve-1", { replicas: 3, ready: 3 }),
    ...replicaSet(`chat-${made}`, `chat-${made}-kserve-2`, { replicas: 2, ready: 1, image: "v:2" }),
  );
  for (const [revision, member] of [["stable", "chat"], [made, `chat-${made}`]] as const) {
    const by = { kind: "scale", service: "chat", by: "spec" } as const;
    story.tell({ ...by, revision, member: `default/${member}`, replicas: 1 });
  }
  const one = {
    kind: "step",
    rollout: "rollouts[0]",
    service: "chat",
    strategy,
    steps: 4,
  } as const;
  const begun = { phase: "Progressing", aborted: false, message: "canary of image v:2" } as const;
  story.tell({ ...one, step: -1, about: "start", ...begun });
  story.at(300).tell({ kind: "phase", analysis: RUN, phase: "Running", message: "" });
  const measured = (phase: AnalysisPhase) =>
    story.tell({ kind: "measurement", analysis: RUN, check: "ttft", phase });
  // More than state keeps.
  for (let times = 0; times < 12; times++) measured("Successful");
  measured("Failed");
  const weights = { stable: 100 - weight, [made]: weight };
  story.tell({ kind: "weight", service: "chat", weights, eligible: [...eligible] });
  const aborted = phase === "Degraded";
  return story.tell({ ...one, step, about: "pause 5m", phase, aborted, message });
}

Deno.test("rollout get shows a rollout as Argo's plugin does, with the tree of what it is made of", async () => {
  const { code, out, err } = await run(rolling(), "get", "chat");
  assert.deepEqual([code, err], [0, ""]);
  assertGolden("rollout-get.txt", out);
});

Deno.test("rollout get tells what the weight comes to while nobody can be routed to", async () => {
  const { out } = await run(rolling({ eligible: ["stable"] }), "get", "llmisvc/chat");
  assert.match(out, /\n {2}SetWeight: +25\n {2}ActualWeight: +0\n/);
});

Deno.test("rollout list has Argo's columns, and the namespace where all are shown", async () => {
  const head =
    "NAME   STRATEGY   STATUS   STEP   SET-WEIGHT   READY   DESIRED   UP-TO-DATE   AVAILABLE";
  const [first, line] = (await run(rolling(), "list")).out.split("\n");
  assert.equal(first, head);
  assert.deepEqual(line!.split(/ +/), [
    ...["chat", "canary", "Paused", "1/4", "25", "4/5", "3", "2", "4"],
  ]);
  const everywhere = await run(rolling(), "list", undefined, { allNamespaces: true });
  assert.match(everywhere.out, /^NAMESPACE +NAME .*\ndefault +chat /);
  const elsewhere = await run(rolling(), "list", undefined, { namespace: "team-a" });
  assert.deepEqual([elsewhere.out, elsewhere.err, elsewhere.code], [
    "",
    "No resources found in team-a namespace.\n",
    0,
  ]);
  const shadow = await run(rolling({ strategy: "shadow" }), "list");
  assert.match(shadow.out, /\nchat +shadow +Paused +1\/4 +- /);
});

Deno.test("rollout status is Argo's line, and fails where the rollout is Degraded", async () => {
  const line = async (told: Told) => (await run(rolling(told), "status", "chat")).out;
  assert.equal(await line({}), "Paused - CanaryPauseStep\n");
  assert.equal(await line({ strategy: "blueGreen" }), "Paused - BlueGreenPause\n");
  assert.equal(
    await line({ phase: "Progressing" }),
    "Progressing - more replicas need to be updated\n",
  );
  assert.equal(await line({ phase: "Healthy" }), "Healthy\n");
  const failed = await run(rolling({ phase: "Degraded", message: "metric x" }), "status", "chat");
  assert.deepEqual(failed, {
    code: 1,
    out: "Degraded - metric x\n",
    err: "Error: The rollout is in a degraded state with message: metric x\n",
  });
});

Deno.test("rollout history has kubectl's form, with what each revision was made for", async () => {
  const { out } = await run(rolling(), "history", "chat");
  assert.equal(
    out,
    "llminferenceservice.serving.kserve.io/chat\n" +
      "REVISION  CHANGE-CAUSE\n" +
      "1         <none>\n" +
      "2         canary of image v:2\n",
  );
});

/** An update in place that was undone: the first template is the newest revision again. */
function undone(): Story {
  const revision = (number: number, born: string) => ({
    "deployment.kubernetes.io/revision": String(number),
    born,
  });
  return new Story().apply(
    llm([condition("Ready", "True")]),
    ...replicaSet(
      "chat",
      "chat-kserve-a",
      { replicas: 2, ready: 2 },
      revision(3, "2026-01-01T00:00:00Z"),
    ),
    ...replicaSet(
      "chat",
      "chat-kserve-b",
      { replicas: 0, ready: 0 },
      revision(2, "2026-01-01T00:02:00Z"),
    ),
  ).at(120).tell({
    ...{ kind: "step", rollout: "roll", service: "chat", strategy: "rolling", step: 0, steps: 1 },
    ...{ about: "rolling to image v:2", phase: "Healthy", aborted: true, message: "undone" },
  });
}

Deno.test("rollout shows an update in place by its ReplicaSets' revisions", async () => {
  const { out } = await run(undone(), "history", "chat");
  assert.match(out, /\n2 +rolling to image v:2\n3 +<none>\n$/);
  const shown = (await run(undone(), "get", "chat")).out;
  assert.doesNotMatch(shown, /Step:|SetWeight/);
  assert.match(shown, /# revision:3\n│ {2}└──⧉ chat-kserve-a +ReplicaSet +✔ Healthy .* new\n/);
  assert.match(shown, /# revision:2\n {3}└──⧉ chat-kserve-b +ReplicaSet +• ScaledDown .* old\n/);
  assert.equal((await run(undone(), "status", "chat")).out, "Healthy - undone\n");
});

function deployment(status: JsonObject): Story {
  return new Story().apply(
    llm([condition("Ready", "True")]),
    owned("Deployment", "chat", "chat-kserve", "LLMInferenceService", {
      spec: { replicas: 3 },
      status,
    }),
  );
}

Deno.test("rollout status of a service without one is kubectl's of its Deployment", async () => {
  const words = async (status: JsonObject) => (await run(deployment(status), "status", "chat")).out;
  const waiting = 'Waiting for deployment "chat-kserve" rollout to finish: ';
  assert.equal(
    await words({ replicas: 3, updatedReplicas: 1 }),
    `${waiting}1 out of 3 new replicas have been updated...\n`,
  );
  assert.equal(
    await words({ replicas: 4, updatedReplicas: 3, availableReplicas: 3 }),
    `${waiting}1 old replicas are pending termination...\n`,
  );
  assert.equal(
    await words({ replicas: 3, updatedReplicas: 3, availableReplicas: 2 }),
    `${waiting}2 of 3 updated replicas are available...\n`,
  );
  assert.equal(
    await words({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 }),
    'deployment "chat-kserve" successfully rolled out\n',
  );
  const overdue = {
    conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }],
  };
  assert.deepEqual(await run(deployment(overdue), "status", "chat"), {
    code: 1,
    out: "",
    err: 'error: deployment "chat-kserve" exceeded its progress deadline\n',
  });
  assert.match((await run(deployment({}), "history", "chat")).out, /\n1 +<none>\n$/);
});

Deno.test("rollout says what it cannot show", async () => {
  const said = async (view: Parameters<typeof rollout>[0], name?: string, namespace = "default") =>
    (await run(deployment({}), view, name, { namespace })).err;
  assert.match(
    await said("get", "chat"),
    /^error: Cannot show a rollout of "chat": none has begun/,
  );
  assert.match(await said("get"), /add its service, as `mtop rollout get NAME`/);
  assert.match(await said("list", "chat"), /leave its name out/);
  assert.match(
    await said("status", "nope"),
    /^Error from server \(NotFound\): .*"nope" not found\n$/,
  );
  assert.match(await said("status", "chat", "team-a"), /There is one in namespace default/);
  assert.match(
    await said("status", "pod/chat-1"),
    /^error: Cannot show a rollout of pods: only services have one\n$/,
  );
  assert.match(await said("status", "foo/chat"), /doesn't have a resource type "foo"/);
  assert.match(await said("get", "llmisvc/chat"), /"chat": none has begun/);
  assert.match(
    (await run(rolling(), "get", "chat-canary", { log: "run.jsonl", at: 5 * 60 * SECOND })).err,
    /"chat-canary": it is a revision in that of chat: `mtop rollout get chat -n default --log run\.jsonl --at 5m`\n$/,
  );
  const bare = new Story().apply(llm());
  assert.match((await run(bare, "status", "chat")).err, /it has no workload yet/);
});

Deno.test("rollout -o json has numbers as numbers, and null where nothing is divided", async () => {
  const data = async (...words: Parameters<typeof run>) => JSON.parse((await run(...words)).out);
  const json = { output: "json" } as const;
  const [listed] = (await data(rolling(), "list", undefined, json)).rollouts;
  assert.deepEqual([listed.status, listed.step, listed.setWeight, listed.actualWeight], [
    ...["Paused", 1, 25, 25],
  ]);
  assert.deepEqual(listed.replicas, {
    ...{ desired: 3, current: 5, ready: 4, available: 4, updated: 2 },
  });
  const got = await data(undone(), "get", "chat", json);
  assert.deepEqual([got.setWeight, got.revisions.length], [null, 2]);
  assert.equal((await data(rolling(), "status", "chat", json)).message, "CanaryPauseStep");
  assert.deepEqual((await data(undone(), "history", "chat", json)).revisions[1], {
    revision: 3,
    changeCause: null,
  });
});
