// Conditions as Knative's reconciler leaves them in the status.
import assert from "node:assert/strict";
import {
  aggregate,
  type Condition,
  notReady,
  serviceConditions,
  unobserved,
  updateConditions,
  type Verdict,
  verdictOf,
  WORKLOAD_CONDITIONS,
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

const told = (conditions: readonly Condition[]) =>
  conditions.map(({ type, status, reason }) => [type, status, reason]);

Deno.test("serviceConditions() carries an unavailable workload up to Ready", () => {
  const conditions = (workload: Verdict) =>
    serviceConditions(
      [],
      { presets: yes, workloads: { MainWorkloadReady: workload }, router: {} },
      T1,
    );
  assert.deepEqual(told(conditions(no("MinimumReplicasUnavailable"))), [
    ["MainWorkloadReady", "False", "MinimumReplicasUnavailable"],
    ["PresetsCombined", "True", undefined],
    ["Ready", "False", "MinimumReplicasUnavailable"],
    ["RouterReady", "True", undefined],
    ["WorkloadsReady", "False", "MinimumReplicasUnavailable"],
  ]);
  assert.ok(conditions(yes).every(({ status }) => status === "True"));
});

Deno.test("serviceConditions() says Unknown of workloads and router of which it never knew", () => {
  assert.deepEqual(told(serviceConditions([], { presets: no("ConfigNotFound") }, T1)), [
    ["PresetsCombined", "False", "ConfigNotFound"],
    ["Ready", "False", "ConfigNotFound"],
    ["RouterReady", "Unknown", undefined],
    ["WorkloadsReady", "Unknown", undefined],
  ]);
});

Deno.test("serviceConditions() leaves stale what an error kept it from", () => {
  const workloads = { MainWorkloadReady: yes };
  const before = serviceConditions([], { presets: yes, workloads, router: {} }, T1);
  const after = serviceConditions(before, { presets: no("CombineBaseError") }, T2);
  assert.deepEqual(told(after), [
    ["MainWorkloadReady", "True", undefined],
    ["PresetsCombined", "False", "CombineBaseError"],
    ["Ready", "False", "CombineBaseError"],
    ["RouterReady", "True", undefined],
    ["WorkloadsReady", "True", undefined],
  ]);
  const times = Object.fromEntries(after.map((each) => [each.type, each.lastTransitionTime]));
  assert.deepEqual(times, {
    MainWorkloadReady: T1,
    PresetsCombined: T2,
    Ready: T2,
    RouterReady: T1,
    WorkloadsReady: T1,
  });
});

Deno.test("serviceConditions() removes a sub-condition of what is not asked for any more", () => {
  const workloads = { MainWorkloadReady: yes, ScalingReady: no("FailedGetExternalMetric") };
  const before = serviceConditions([], { presets: yes, workloads, router: {} }, T1);
  const after = serviceConditions(
    before,
    { presets: yes, workloads: { MainWorkloadReady: yes }, router: {} },
    T2,
  );
  assert.ok(!after.some(({ type }) => type === "ScalingReady"));
  assert.equal(after.find(({ type }) => type === "Ready")!.status, "True");
});

Deno.test("serviceConditions() keeps GroupReady and GroupDegraded out of Ready", () => {
  const lone = {
    GroupReady: no("FinalizationPending"),
    GroupDegraded: { status: "True" },
  } as const;
  const after = serviceConditions([], { presets: yes, workloads: {}, router: {}, lone }, T1);
  assert.equal(after.find(({ type }) => type === "Ready")!.status, "True");
  assert.deepEqual(after.map(({ type }) => type).slice(0, 2), ["GroupDegraded", "GroupReady"]);
});

Deno.test("aggregate() garbles a percent sign once for each condition that it is copied to", () => {
  const workloads = { MainWorkloadReady: notReady("Odd", "100% of %%d") };
  const after = serviceConditions([], { presets: yes, workloads, router: {} }, T1);
  const message = (type: string) => after.find((each) => each.type === type)!.message;
  assert.equal(message("MainWorkloadReady"), "100%!o(MISSING)f %d");
  assert.equal(message("WorkloadsReady"), "100%!!(MISSING)o(MISSING)f %!d(MISSING)");
  assert.equal(message("Ready"), message("WorkloadsReady"));
});

Deno.test("unobserved() says that nobody has looked at a generation, and keeps what was known", () => {
  assert.deepEqual(told(unobserved([], T1)), [
    ["PresetsCombined", "Unknown", undefined],
    ["Ready", "Unknown", "NewObservedGenFailure"],
    ["RouterReady", "Unknown", undefined],
    ["WorkloadsReady", "Unknown", undefined],
  ]);
  const workloads = { MainWorkloadReady: yes };
  const before = serviceConditions([], { presets: yes, workloads, router: {} }, T1);
  const after = unobserved(before, T2);
  assert.deepEqual(
    after.filter(({ lastTransitionTime }) => lastTransitionTime === T2).map(({ type, message }) => [
      type,
      message,
    ]),
    [["Ready", "unsuccessfully observed a new generation"]],
  );
});

const WORKLOAD = fc.constantFrom(...WORKLOAD_CONDITIONS);
const verdicts = fc.dictionary(
  WORKLOAD,
  fc.constantFrom(yes, unknown, no("A"), no("B"), no("C")),
) as fc.Arbitrary<Record<string, Verdict>>;

Deno.test("serviceConditions() copies the first False sub-condition in KServe's order, whatever else", () => {
  fc.assert(fc.property(verdicts, (workloads) => {
    const after = serviceConditions([], { presets: yes, workloads, router: {} }, T1);
    const first = WORKLOAD_CONDITIONS.map((type) => workloads[type])
      .find((verdict) => verdict?.status === "False");
    const parent = after.find(({ type }) => type === "WorkloadsReady")!;
    // Unknown does not block: without a False one the parent is True.
    assert.deepEqual(verdictOf(parent), first ?? yes);
    assert.deepEqual(after.map(({ type }) => type), after.map(({ type }) => type).sort());
  }));
});

Deno.test("serviceConditions() has Ready say what became False last, else what became Unknown last", () => {
  const parts = fc.record({
    presets: fc.constantFrom(yes, unknown, no("P")),
    workloads: fc.record({ MainWorkloadReady: fc.constantFrom(yes, no("W1"), no("W2")) }),
    router: fc.record({ HTTPRoutesReady: fc.constantFrom(yes, no("R1"), no("R2")) }),
  });
  const dependents = ["PresetsCombined", "WorkloadsReady", "RouterReady"];
  fc.assert(fc.property(fc.array(parts, { minLength: 1, maxLength: 6 }), (reconciles) => {
    let conditions: Condition[] = [];
    for (const [index, parts] of reconciles.entries()) {
      conditions = serviceConditions(conditions, parts, `2026-01-01T00:00:${10 + index}Z`);
      const ready = conditions.find(({ type }) => type === "Ready")!;
      const among = conditions.filter(({ type }) => dependents.includes(type));
      const latest = (status: string) => {
        const those = among.filter((condition) => condition.status === status);
        const last = those.map(({ lastTransitionTime }) => lastTransitionTime).sort().at(-1);
        return those.filter(({ lastTransitionTime }) => lastTransitionTime === last)
          .map(({ reason }) => reason);
      };
      const bad = latest("False");
      const wanted = bad.length > 0 ? bad : latest("Unknown");
      const status = bad.length > 0 ? "False" : wanted.length > 0 ? "Unknown" : "True";
      assert.equal(ready.status, status);
      if (status !== "True") assert.ok(wanted.includes(ready.reason));
    }
  }));
});
