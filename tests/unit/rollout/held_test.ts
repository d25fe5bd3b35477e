// What is left to people, and what goes back by itself: inconclusive analyses, rollbacks, revisions that do not fit.
import assert from "node:assert/strict";
import { FETCHING, llm, LOADING, SECOND } from "../fleet/small_fleet.ts";
import { type Run, run, smallScenario } from "../scenario/small_run.ts";

const READY_S = (60 * SECOND + FETCHING + LOADING) / SECOND;
const setWeight = (weight: number) => ({ kind: "setWeight", weight });
const pause = (duration: string) => ({ kind: "pause", duration });
const act = (act: string, when: string) => ({ kind: "act", act, service: "chat", when });

/** The time to the first token is above 1 µs and below an hour: neither good nor bad. */
const neither = (fields: object = {}) => ({
  ...{ kind: "analysis", name: "guard", every: "10s", ...fields },
  checks: [{
    ...{ kind: "metric", metric: "ttft", of: "canary", comparison: "below" },
    ...{ threshold: "1us", failsAbove: "1h" },
  }],
});

function scenario(rollout: object, fields: object = {}) {
  return smallScenario({
    duration: "25m",
    cluster: { nodes: [{ count: 4, gpus: "8xH100-SXM" }] },
    services: [llm("chat", { replicas: 2 })],
    rollouts: [{
      ...{ kind: "canary", service: "chat", at: "60s", to: { image: "vllm:2" } },
      ...rollout,
    }],
    ...fields,
  });
}

const rolloutOf = ({ state }: Run) => state.rollouts["rollouts[0]"]!;
/** The Events of analyses that were not Successful. */
const analysisEvents = ({ of }: Run) =>
  of("event").filter(({ reason }) => reason.startsWith("AnalysisRun"))
    .map(({ type, reason, message }) => `${type} ${reason} ${message.split(" ")[0]}`);
const requestsOf = ({ state }: Run, revision: string) =>
  state.services["chat"]!.revisions[revision]!.measured.requests;

Deno.test("an inconclusive analysis of a step leaves the rollout to a person", () => {
  const steps = [
    setWeight(50),
    { kind: "analysisStep", analysis: neither({ count: 3 }) },
    setWeight(75),
  ];
  const held = run(scenario({ steps }));
  assert.deepEqual(
    [rolloutOf(held).phase, rolloutOf(held).step, rolloutOf(held).message],
    ["Paused", 1, "InconclusiveAnalysisRun"],
  );
  assert.equal(held.state.analyses["rollouts[0]/1"]!.phase, "Inconclusive");
  assert.deepEqual(analysisEvents(held), ["Normal AnalysisRunInconclusive Step"]);
  const promoted = run(scenario({ steps }, { changes: [act("promote", "12m")] }));
  assert.equal(rolloutOf(promoted).phase, "Healthy");
  assert.equal(promoted.of("step").find(({ step }) => step === 2)!.at, 720 * SECOND);
  const aborted = run(scenario({ steps }, { changes: [act("abort", "12m")] }));
  assert.equal(rolloutOf(aborted).abortedAt, 720 * SECOND);
});

Deno.test("an inconclusive analysis beside the steps holds the next of them", () => {
  const steps = [setWeight(50), pause("1m"), setWeight(75), pause("1m")];
  const held = run(scenario({ steps, analysis: neither() }));
  assert.deepEqual([rolloutOf(held).phase, rolloutOf(held).step], ["Paused", 1]);
  assert.deepEqual(analysisEvents(held), ["Normal AnalysisRunInconclusive Background"]);
  const promoted = run(
    scenario({ steps, analysis: neither() }, { changes: [act("promote", "12m")] }),
  );
  assert.equal(rolloutOf(promoted).phase, "Healthy");
  assert.deepEqual(analysisEvents(promoted), ["Normal AnalysisRunInconclusive Background"]);
});

Deno.test("a rolling update is undone when its analysis fails", () => {
  const [check] = neither().checks;
  const { failsAbove: _, of: __, ...strict } = check!;
  const analysis = { ...neither({ initialDelay: "2m" }), checks: [strict] };
  const result = run(scenario({ kind: "rolling", analysis }));
  const { phase, abortedAt, message } = rolloutOf(result);
  assert.equal(abortedAt, (60 + 120) * SECOND);
  assert.equal(phase, "Healthy");
  assert.match(
    message,
    /^undone, since metric "ttft p95 below 1us" assessed Failed .* successfully rolled out$/,
  );
  assert.deepEqual(result.of("phase").map(({ phase }) => phase), ["Running", "Failed"]);
  const images = Object.values(result.state.objects).filter(({ kind }) => kind === "Pod")
    .map(({ spec }) => (spec!["containers"] as unknown as { image: string }[])[0]!.image);
  assert.deepEqual(images, ["vllm:1", "vllm:1"]);
});

Deno.test("a rolling update with rollback is undone when it is overdue", () => {
  const cluster = { nodes: [{ count: 1, gpus: "2xH100-SXM" }] };
  const result = run(scenario({ kind: "rolling", rollback: true }, { cluster }));
  const { phase, abortedAt, stalledAt } = rolloutOf(result);
  assert.deepEqual([phase, abortedAt, stalledAt], ["Healthy", 661 * SECOND, 661 * SECOND]);
});

/** A service whose prompts are computed by pods of their own. */
function prefilled() {
  const service = llm("chat", { replicas: 2 });
  const { replicas: _, model: __, ...workload } = service.spec;
  return { ...service, spec: { ...service.spec, prefill: { ...workload, replicas: 1 } } };
}

Deno.test("a canary of a P/D service needs both of its workloads changed, or they do not shake hands", () => {
  const steps = [setWeight(50), pause("5m"), setWeight(60), pause("20m")];
  const services = [prefilled()];
  const mixed = run(scenario({ steps }, { services }));
  const { failed } = requestsOf(mixed, "canary");
  assert.ok(failed > 100, `${failed}`);
  assert.equal(requestsOf(mixed, "canary").completed, 0);
  assert.equal(requestsOf(mixed, "stable").failed, 0);
  const to = { image: "vllm:2", prefill: { image: "vllm:2" } };
  const both = run(scenario({ steps, to }, { services }));
  assert.ok(requestsOf(both, "canary").completed > 100);
  assert.equal(requestsOf(both, "canary").failed, 0);
});

Deno.test("blueGreen() of a P/D service can change the prefill pods alone", () => {
  const to = { prefill: { args: ["--max-num-seqs=2"] } };
  const result = run(scenario({ kind: "blueGreen", to }, { services: [prefilled()] }));
  assert.equal(rolloutOf(result).phase, "Healthy");
  assert.ok(requestsOf(result, "preview").completed > 100);
  assert.equal(requestsOf(result, "preview").failed, 0);
  const begun = result.of("event").find(({ reason }) => reason === "RolloutUpdated")!;
  assert.match(begun.message, /revision preview, prefill args --max-num-seqs=2$/);
  assert.ok(rolloutOf(result).completedAt! / SECOND >= READY_S - FETCHING / SECOND);
});
