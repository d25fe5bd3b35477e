// Conditions as Knative's reconciler leaves them in the status.
import assert from "node:assert/strict";
import {
  aggregate,
  type Condition,
  deploymentAvailable,
  serviceConditions,
  updateConditions,
  type Verdict,
} from "../../../src/kube/conditions.ts";
import fc from "../../fast_check.ts";

const T1 = "2026-01-01T00:00:10Z";
const T2 = "2026-01-01T00:00:20Z";

const yes: Verdict = { status: "True" };
const unknown: Verdict = { status: "Unknown", reason: "Progressing", message: "wait" };
const no = (reason: string): Verdict => ({ status: "False", reason, message: `${reason}!` });

Deno.test("aggregate() copies the first False child in the order listed", () => {
  assert.deepEqual(aggregate([yes, no("A"), no("B")]), no("A"));
  assert.deepEqual(aggregate([no("B"), yes, no("A")]), no("B"));
});

Deno.test("aggregate() is True, without a reason, when no child is False", () => {
  assert.deepEqual(aggregate([]), { status: "True" });
  assert.deepEqual(aggregate([yes, unknown]), { status: "True" });
  assert.deepEqual(aggregate([unknown, no("A")]), no("A"));
  assert.deepEqual(aggregate([{ status: "True", reason: "Fine" }]), { status: "True" });
});

Deno.test("updateConditions() sorts by type and leaves severity out on just four", () => {
  const verdicts = Object.fromEntries(
    [
      "WorkloadsReady",
      "SchedulerWorkloadReady",
      "RouterReady",
      "Ready",
      "PresetsCombined",
      "MainWorkloadReady",
      "HTTPRoutesReady",
      "GatewaysReady",
    ].map((type) => [type, yes]),
  );
  const told = updateConditions([], verdicts, T1);
  assert.deepEqual(told.map(({ type, severity }) => [type, severity]), [
    ["GatewaysReady", "Info"],
    ["HTTPRoutesReady", "Info"],
    ["MainWorkloadReady", "Info"],
    ["PresetsCombined", undefined],
    ["Ready", undefined],
    ["RouterReady", undefined],
    ["SchedulerWorkloadReady", "Info"],
    ["WorkloadsReady", undefined],
  ]);
  // Absent, not undefined: the API knows no such value.
  assert.ok(!("severity" in told[3]!) && !("reason" in told[3]!) && !("message" in told[3]!));
});

Deno.test("updateConditions() moves lastTransitionTime on any change, and all that change share it", () => {
  const before = updateConditions([], { A: no("X"), B: no("X"), C: yes, D: no("X") }, T1);
  assert.deepEqual(before.map(({ lastTransitionTime }) => lastTransitionTime), [T1, T1, T1, T1]);
  const after = updateConditions(before, {
    A: { ...no("X"), message: "other" },
    B: { ...no("X"), reason: "Y" },
    C: { status: "Unknown" },
    D: no("X"),
    E: yes,
  }, T2);
  assert.deepEqual(after.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]), [
    ["A", T2],
    ["B", T2],
    ["C", T2],
    ["D", T1],
    ["E", T2],
  ]);
});

Deno.test("updateConditions() moves lastTransitionTime when a reason comes or goes", () => {
  const [bare] = updateConditions([], { A: yes }, T1);
  const reasoned = { A: { ...yes, reason: "R" } };
  assert.equal(updateConditions([bare!], reasoned, T2)[0]!.lastTransitionTime, T2);
  const [withReason] = updateConditions([], reasoned, T1);
  assert.equal(updateConditions([withReason!], { A: yes }, T2)[0]!.lastTransitionTime, T2);
});

Deno.test("updateConditions() removes what is no longer told, and is the same when told again", () => {
  const status = fc.constantFrom("True" as const, "False" as const, "Unknown" as const);
  const verdict = fc.record({ status, reason: fc.constantFrom("A", "B"), message: fc.string() }, {
    requiredKeys: ["status"],
  });
  const verdicts = fc.dictionary(fc.constantFrom("Ready", "Main", "Other"), verdict);
  fc.assert(fc.property(verdicts, verdicts, (first, second) => {
    const before = updateConditions([], first, T1);
    assert.deepEqual(updateConditions(before, first, T2), before);
    const after = updateConditions(before, second, T2);
    assert.deepEqual(after.map(({ type }) => type), Object.keys(second).sort());
    for (const { type, status, lastTransitionTime } of after) {
      assert.equal(status, second[type]!.status);
      const same = JSON.stringify(sorted(first[type])) === JSON.stringify(sorted(second[type]));
      assert.equal(lastTransitionTime, same ? T1 : T2);
    }
  }));
});

function sorted(verdict: object | undefined) {
  return verdict && Object.entries(verdict).sort(([a], [b]) => a < b ? -1 : 1);
}

Deno.test("deploymentAvailable() lets a quarter of the replicas, rounded down, be missing", () => {
  const least = (desired: number) => {
    let ready = 0;
    while (deploymentAvailable(ready, desired).status === "False") ready++;
    return ready;
  };
  const wanted = [[0, 0], [1, 1], [2, 2], [3, 3], [4, 3], [7, 6], [8, 6], [100, 75]] as const;
  for (const [desired, ready] of wanted) assert.equal(least(desired), ready, `${desired} desired`);
  assert.deepEqual(deploymentAvailable(4, 4), { status: "True" });
  assert.deepEqual(deploymentAvailable(0, 1), {
    status: "False",
    reason: "MinimumReplicasUnavailable",
    message: "Deployment does not have minimum availability.",
  });
});

Deno.test("serviceConditions() carries an unavailable workload up to Ready", () => {
  const conditions = (workload: Verdict) =>
    (serviceConditions(
      [],
      { presets: yes, parts: { MainWorkloadReady: workload } },
      T1,
    ) as unknown as readonly Condition[])
      .map(({ type, status, reason }) => [type, status, reason]);
  assert.deepEqual(conditions(no("MinimumReplicasUnavailable")), [
    ["MainWorkloadReady", "False", "MinimumReplicasUnavailable"],
    ["PresetsCombined", "True", undefined],
    ["Ready", "False", "MinimumReplicasUnavailable"],
    ["RouterReady", "True", undefined],
    ["WorkloadsReady", "False", "MinimumReplicasUnavailable"],
  ]);
  assert.ok(conditions(yes).every(([, status]) => status === "True"));
});

Deno.test("serviceConditions() says Unknown of workloads and router when the configs did not combine", () => {
  const conditions = serviceConditions(
    [],
    { presets: no("ConfigNotFound"), parts: { MainWorkloadReady: yes } },
    T1,
  ) as unknown as readonly Condition[];
  assert.deepEqual(conditions.map(({ type, status, reason }) => [type, status, reason]), [
    ["PresetsCombined", "False", "ConfigNotFound"],
    ["Ready", "False", "ConfigNotFound"],
    ["RouterReady", "Unknown", undefined],
    ["WorkloadsReady", "Unknown", undefined],
  ]);
});
