import assert from "node:assert/strict";
import { change } from "mtop";
import { actionStory, storyLines } from "../../../src/report/story_text.ts";
import { problems, run, smallScenario } from "./small_run.ts";

Deno.test("change() of replicas scales stable when its time comes, and tells it as the spec's", () => {
  const { of, state } = run(smallScenario({
    changes: [
      change("chat", { when: "2m", replicas: 3 }),
      change("chat", { when: "5m", replicas: 1 }),
    ],
  }));
  const told = of("scale").map(({ at, replicas, by }) => [at / 1e6, replicas, by]);
  assert.deepEqual(told, [[0, 2, "spec"], [120, 3, "spec"], [300, 1, "spec"]]);
  const [service] = Object.values(state.objects).filter(({ kind }) =>
    kind === "LLMInferenceService"
  );
  assert.equal(service!.spec!["replicas"], 1);
  const pods = Object.values(state.objects).filter(({ kind, metadata }) =>
    kind === "Pod" && metadata.labels?.["kserve.io/component"] === "workload"
  );
  assert.equal(pods.length, 1);
});

Deno.test("change() tells what somebody did before what comes of it, and what came too late", () => {
  const { of, state } = run(smallScenario({
    changes: [
      change("chat", { when: "2m", replicas: 3 }),
      change("chat", { when: "4m", stopped: true }),
      change("chat", { when: "5m", deleted: true }),
      change("chat", { when: "6m", replicas: 1 }),
    ],
  }));
  const [first] = of("action");
  const scaled = of("scale").find(({ at }) => at === first!.at)!;
  assert.ok(first!.seq < scaled.seq);
  assert.deepEqual(of("action").flatMap(actionStory).map(({ at, ...row }) => [at / 60e6, row]), [
    [2, { reason: "Action", object: "chat", message: "somebody changes chat: replicas 3" }],
    [4, { reason: "Action", object: "chat", message: "somebody changes chat: stop" }],
    [5, { reason: "Action", object: "chat", message: "somebody changes chat: delete" }],
    [6, {
      reason: "ActionRefused",
      object: "chat",
      message: "Cannot change the service: it is deleted",
    }],
  ]);
  assert.match(storyLines(state, {}).join("\n"), /2m00s +Action +chat +somebody changes chat/);
});

Deno.test("plan() refuses a change that is none, and replicas that are no count", () => {
  const refused = (fields: Readonly<Record<string, unknown>>) =>
    Object.keys(
      problems(
        smallScenario({ changes: [{ kind: "change", service: "chat", when: "1m", ...fields }] }),
      ),
    );
  assert.deepEqual(refused({}), ["changes[0]"]);
  assert.deepEqual(refused({ replicas: -1 }), ["changes[0].replicas"]);
  assert.deepEqual(refused({ replicas: 10_001 }), ["changes[0].replicas"]);
});
