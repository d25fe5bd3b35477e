// What a run's summary, text and page say of rollouts, of copies of requests, and of what people did.
import assert from "node:assert/strict";
import { summarize } from "../../../src/report/summary.ts";
import { runText } from "../../../src/report/text.ts";
import { llm } from "../fleet/small_fleet.ts";
import { run, smallScenario } from "../scenario/small_run.ts";

const scenario = (rollout: object, changes: readonly object[] = []) =>
  smallScenario({
    duration: "15m",
    cluster: { nodes: [{ count: 4, gpus: "8xH100-SXM" }] },
    services: [llm("chat", { replicas: 2 })],
    rollouts: [{ service: "chat", at: "1m", to: { image: "vllm:2" }, ...rollout }],
    changes,
  });

Deno.test("summarize() has every rollout: strategy, phase, and when it began, was completed, aborted, stalled", () => {
  const act = { kind: "act", act: "abort", service: "chat", when: "8m" };
  const { state } = run(scenario({ kind: "blueGreen", autoPromotion: false }, [act]));
  const { rollouts } = summarize(state);
  const { message, ...rest } = rollouts["rollouts[0]"]!;
  assert.deepEqual(rest, {
    ...{ service: "chat", strategy: "blueGreen", phase: "Degraded" },
    ...{ step: 1, steps: 3, about: "preview until promoted" },
    ...{ startedSeconds: 60, completedSeconds: null, abortedSeconds: 480, stalledSeconds: null },
  });
  assert.match(message, /^RolloutAborted/);
  const done = summarize(run(scenario({ kind: "blueGreen" })).state).rollouts["rollouts[0]"]!;
  assert.deepEqual([done.phase, done.abortedSeconds], ["Healthy", null]);
  assert.ok(done.completedSeconds! > 60);
});

Deno.test("runText() has a row for the copies that a revision answered, and none for others", () => {
  const { state } = run(scenario({ kind: "shadow", percent: 100, for: "5m" }));
  const rows = runText(state).split("\n").filter((line) =>
    /^ {4,6}(stable|shadow|shadow copies) /.test(line)
  );
  assert.deepEqual(rows.map((row) => row.trim().split(/ {2,}/)[0]), [
    "stable",
    "shadow",
    "shadow copies",
  ]);
  const [, , copies] = rows;
  const { requests } = state.services["chat"]!.revisions["shadow"]!.mirrored!;
  assert.match(copies!, new RegExp(`^ +shadow copies +${requests.arrived} +0% +\\d`));
});

Deno.test("runText() tells what people did about rollouts, and what they could not", () => {
  const acts = ["promote", "retry"].map((act) => ({
    kind: "act",
    act,
    service: "chat",
    when: "8m",
  }));
  const { state } = run(scenario({ kind: "blueGreen", autoPromotion: false }, acts));
  const text = runText(state);
  assert.match(text, / 8m00s +Action +rollouts\[0\] +somebody says promote to the rollout of chat/);
  assert.match(text, / 8m00s +ActionRefused +rollouts\[0\] +Cannot retry the rollout: /);
});

Deno.test("runText() tells when a rolling update stalled", () => {
  const update = scenario({ kind: "rolling" });
  const { state } = run({ ...update, cluster: { nodes: [{ count: 1, gpus: "2xH100-SXM" }] } });
  assert.match(runText(state), / 11m01s +RollingUpdateStalled +rollouts\[0\] +chat: its progress/);
});
