// Requests in flight when a run ends: which of them are late, held against what becomes of them in a longer run.
import assert from "node:assert/strict";
import { STABLE } from "../../../src/fleet/revision_names.ts";
import { summarize } from "../../../src/report/summary.ts";
import { runText } from "../../../src/report/text.ts";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { run, smallScenario } from "./small_run.ts";

type Fields = Readonly<Record<string, unknown>>;

const END = 60;
const USERS = {
  ...{ kind: "constant", name: "users", to: "chat", rps: 10 },
  ...{ prompt: { kind: "fixed", tokens: 200 }, output: { kind: "fixed", tokens: 20 } },
};
const ALL_PODS = { kind: "pods", mode: "all" };
const LOST = { kind: "node-loss", when: "50s", for: "10m", on: { kind: "nodes", mode: "all" } };

function data(seconds: number, fields: Fields) {
  return smallScenario({
    duration: `${seconds}s`,
    slo: { chat: { e2e: { p95: "4s" } } },
    load: [USERS],
    ...fields,
  });
}

function late(fields: Fields): number | undefined {
  return run(data(END, fields)).state.services["chat"]!.revisions[STABLE]!.measured.requests.late;
}

/** Of those that arrived before the end and had not ended by then: who was older than the objective. */
function overdue(fields: Fields): number {
  const { of } = run(data(4 * END, fields), { recordRequests: true });
  return of("request").filter(({ at, arrivedUs }) =>
    at > END * SECOND && arrivedUs < (END - 4) * SECOND
  ).length;
}

/** Two at a time: others wait in the endpoint picker. */
const SLOW = llm("chat", { args: ["--max-num-seqs=2"] });
const INLINE = {
  apiVersion: "llm-d.ai/v1alpha1",
  kind: "EndpointPickerConfig",
  featureGates: ["flowControl"],
  plugins: [{ type: "queue-scorer" }, { type: "inflight-load-producer" }],
};
const ROUTER = { gateway: {}, route: {}, scheduler: { config: { inline: INLINE } } };
const QUEUED = { ...SLOW, spec: { ...SLOW.spec, router: ROUTER } };

const HANGS: Readonly<Record<string, Fields>> = {
  "in an engine of a node that is silent": { faults: [LOST] },
  "on their way to pods that are cut off, or their answers": {
    faults: [{ kind: "network-partition", when: "52s", for: "2m", on: ALL_PODS }],
  },
  "in an endpoint picker's queue": {
    services: [QUEUED],
    load: [{ ...USERS, output: { kind: "fixed", tokens: 200 } }],
  },
};

for (const [where, fields] of Object.entries(HANGS)) {
  Deno.test(`a run's end counts requests as late that are older than their objective, ${where}`, () => {
    const expected = overdue(fields);
    assert.ok(expected >= 10, `${expected} hang`);
    assert.equal(late(fields), expected);
  });
}

Deno.test("goodput counts late requests of a service that hangs, the summary says how many they are", () => {
  const expect = [{ kind: "metric", metric: "goodput", comparison: "above", threshold: "95%" }];
  const { state, of } = run(data(END, { faults: [LOST], expect }));
  const [verdict] = of("verdict");
  // 499 were good until 50 s; of those that hang then 61 are older than 4 s.
  assert.deepEqual([verdict!.passed, verdict!.got], [false, "89.1071%"]);
  const text = runText(state);
  assert.match(text, / in flight, 61 of them late already\n/);
  assert.ok(
    of("window").every(({ at, measured }) => at === END * SECOND || !measured?.requests.late),
  );
});

Deno.test("a request is late by the first token that it lacks, and by the gaps that it cannot make up for", () => {
  const slo = (chat: Fields) => late({ faults: [LOST], slo: { chat } });
  assert.equal(slo({ ttft: { p95: "7s" } }), 30);
  // Those that were decoding when the node went silent: 19 gaps of 100 ms are over after 1.9 s.
  const gaps = slo({ itl: { p95: "100ms" } })!;
  assert.ok(gaps >= 1 && gaps <= 10, `${gaps}`);
  assert.equal(slo({ itl: { p95: "10s" } }), undefined);
  assert.equal(late({ faults: [LOST], slo: {} }), undefined);
});

Deno.test("late requests are counted by load too, against its own objective", () => {
  const loads = [
    { ...USERS, rps: 5, slo: { e2e: { p95: "2s" } } },
    { ...USERS, name: "others", rps: 5 },
  ];
  const { state } = run(data(END, { faults: [LOST], load: loads }));
  const { requests, loads: counted } = summarize(state).services["chat"]!;
  const late = [requests, counted["users"]!.requests, counted["others"]!.requests];
  assert.deepEqual(late.map(({ late }) => late), [70, 40, 30]);
});
