// Latencies of single loads: those of their requests' rows, and what checks of them measure.
import assert from "node:assert/strict";
import { fleetEventSchema } from "../../../src/fleet/events.ts";
import { fold } from "../../../src/fleet/fold.ts";
import { latenciesOfLoad } from "../../../src/fleet/load_read.ts";
import { latencyOf } from "../../../src/fleet/metric_parts.ts";
import { readMetric } from "../../../src/fleet/metric_read.ts";
import { type FleetState, initialState } from "../../../src/fleet/state.ts";
import { encodeEvent } from "../../../src/log/codec.ts";
import {
  type DenseHistogram,
  emptyDense,
  HistogramAccumulator,
} from "../../../src/metrics/histogram.ts";
import { type Latency, LATENCY_NAMES } from "../../../src/metrics/names.ts";
import { addLatency, addTotals, emptyTotals } from "../../../src/metrics/totals.ts";
import { summarize } from "../../../src/report/summary.ts";
import { runText } from "../../../src/report/text.ts";
import { forkScenario } from "../../../src/scenario/fork.ts";
import fc from "../../fast_check.ts";
import { llm } from "../fleet/small_fleet.ts";
import { type Run, run, smallScenario } from "./small_run.ts";

const load = (name: string, fields: Readonly<Record<string, unknown>> = {}) => ({
  ...{ kind: "poisson", name, to: "chat", rps: 2, end: "4m" },
  prompt: { kind: "fixed", tokens: 200 },
  output: { kind: "uniform", min: 1, max: 100 },
  ...fields,
});

/** Long prompts beside short ones, with retries, a warm-up and a node that is lost. */
const data = (fields: Readonly<Record<string, unknown>> = {}) =>
  smallScenario({
    ...{ duration: "5m", warmup: "1m" },
    load: [
      load("chat", { retries: { attempts: 2 } }),
      load("batch", { rps: 1, prompt: { kind: "fixed", tokens: 6_000 } }),
      load("late", { start: "2m", timeout: "3s" }),
    ],
    faults: [{
      ...{ kind: "node-loss", name: "loss", when: "3m", for: "30s" },
      on: { kind: "nodes", mode: "first" },
    }],
    ...fields,
  });

function totalsOf(state: FleetState, service = "chat") {
  const totals = emptyTotals();
  for (const { measured } of Object.values(state.services[service]!.revisions)) {
    addTotals(totals, measured);
  }
  return totals;
}

/** Without the zeros at either end, which merges leave. */
function buckets({ base, counts, count, sum }: DenseHistogram) {
  const pairs = counts.flatMap((value, index) => value === 0 ? [] : [[base + index, value]]);
  return { count, sum, pairs };
}

function histogramOf(values: readonly number[]): DenseHistogram {
  const accumulator = new HistogramAccumulator();
  for (const value of values) accumulator.add(value);
  const sum = emptyDense();
  const taken = accumulator.take();
  if (taken) addLatency(sum, taken);
  return sum;
}

function assertRows({ state, of }: Run, names: readonly string[]): void {
  const totals = totalsOf(state);
  const rows = of("request").filter(({ warmup }) => !warmup);
  for (const name of names) {
    const mine = rows.filter((row) => row.load === name);
    const found = latenciesOfLoad(state, totals, { service: "chat", load: name });
    for (
      const [metric, field] of [["ttft", "ttftUs"], ["e2e", "e2eUs"], ["queue", "queueUs"]] as const
    ) {
      const values = mine.flatMap((row) => row[field] ?? []);
      assert.ok(values.length > 50, `${name} ${metric}`);
      assert.deepEqual(buckets(found[metric]), buckets(histogramOf(values)), `${name} ${metric}`);
    }
  }
}

Deno.test("a load's latencies are those of its requests' rows, the first one's among them", () => {
  assertRows(run(data(), { recordRequests: true }), ["chat", "batch", "late"]);
});

Deno.test("a load's latencies are those of its rows under every seed, and all of them the service's", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
      const found = run(data({ faults: [] }), { seed, recordRequests: true });
      assertRows(found, ["chat", "batch", "late"]);
      const totals = totalsOf(found.state);
      const sum = emptyTotals().latencyUs;
      for (const name of ["chat", "batch", "late"]) {
        const its = latenciesOfLoad(found.state, totals, { service: "chat", load: name });
        for (const metric of LATENCY_NAMES) addLatency(sum[metric], its[metric]);
      }
      for (const metric of LATENCY_NAMES) {
        assert.deepEqual(buckets(sum[metric]), buckets(totals.latencyUs[metric]), metric);
      }
    }),
    { numRuns: 8 },
  );
});

Deno.test("a load's gaps are told apart where servers decode several loads at once", () => {
  const { state, of } = run(data({ faults: [] }), { recordRequests: true });
  const rows = of("request").filter(({ warmup, outcome }) => !warmup && outcome === "completed");
  for (const name of ["chat", "batch"]) {
    const tokens = rows.filter((row) => row.load === name)
      .reduce((sum, { outputTokens }) => sum + outputTokens - 1, 0);
    const { itl } = latenciesOfLoad(state, totalsOf(state), { service: "chat", load: name });
    assert.equal(itl.count, tokens, name);
  }
});

const CHECK = { kind: "metric", metric: "ttft", statistic: "p95", comparison: "below" };

Deno.test("checks of a load's latency hold in expectations, always and betterThan", () => {
  const batch = { ...CHECK, load: "batch", threshold: "10s" };
  const measured = { kind: "metric", metric: "ttft", statistic: "p95", load: "batch" };
  const { state, of } = run(data({
    faults: [],
    expect: [
      { ...batch, threshold: "1ms" },
      { ...CHECK, load: "chat", threshold: "10s" },
      { kind: "always", check: { ...batch, over: "30s" } },
      { kind: "betterThan", measured, than: { ...data({ faults: [] }), name: "other" } },
    ],
  }));
  const { loads, ttftMs } = summarize(state).services["chat"]!;
  const { chat, batch: slow, late } = loads as Record<string, typeof loads[string]>;
  assert.deepEqual(Object.keys(loads), ["chat", "batch", "late"]);
  assert.ok(
    slow!.ttftMs!["p50"]! > 2 * chat!.ttftMs!["p50"]!,
    "prompts of 6,000 tokens take longer",
  );
  assert.ok(chat!.ttftMs!.mean < ttftMs!.mean && ttftMs!.mean < slow!.ttftMs!.mean);
  assert.ok(late!.requests.arrived < chat!.requests.arrived);
  const verdicts = of("verdict");
  assert.equal(verdicts[0]!.about, "ttft p95 below 1ms for batch");
  assert.equal(
    verdicts[0]!.got,
    `${slow!.ttftMs!["p95"]!.toPrecision(3)}ms`.replace(/\.0*ms/, "ms"),
  );
  assert.deepEqual(verdicts.map(({ passed }) => passed), [false, true, true, false]);
  assert.match(
    runText(state),
    /\n {4}load +arrived +errors +ttft p95 +itl p95 +tpot p95 +e2e p95\n/,
  );
});

Deno.test("a fault can wait for a load's latency, and of another load that is not met it does not come", () => {
  const begun = (load: string) => {
    const when = {
      kind: "whenever",
      check: { ...CHECK, comparison: "above", load, threshold: "150ms", over: "30s" },
    };
    const on = { kind: "nodes", mode: "first" };
    const { of } = run(data({ faults: [{ kind: "node-loss", on, when, for: "30s" }] }));
    return of("fault").length > 0;
  };
  assert.deepEqual([begun("batch"), begun("chat")], [true, false]);
});

Deno.test("readMetric() of the only load there is gives the service's latency, and its log has no more", () => {
  const only = (fields: object) => data({ faults: [], load: [load("chat")], ...fields });
  const named = run(only({ expect: [{ ...CHECK, load: "chat", threshold: "10s" }] }));
  const plain = run(only({}));
  const scope = { service: "chat", revision: undefined, nowUs: 300e6 };
  for (const metric of LATENCY_NAMES) {
    for (const overUs of [undefined, 60e6]) {
      const read = (load?: string) =>
        readMetric(named.state, metric, "p95", { ...scope, nowUs: 200e6, overUs, load });
      assert.ok(read() !== undefined);
      assert.equal(read("chat"), read(), metric);
    }
  }
  const windows = plain.of("window");
  assert.ok(windows.every(({ measured, warmup }) => !measured?.loads && !warmup?.loads));
  const told = named.of("window").flatMap(({ measured }) => Object.values(measured?.loads ?? {}));
  assert.ok(told.length > 0 && told.every(({ latencyUs }) => latencyUs === undefined));
});

Deno.test("readMetric() of a load has no sample where the log does not tell its latencies apart", () => {
  const { state } = run(data());
  const scope = { service: "chat", revision: undefined, nowUs: 300e6, overUs: undefined };
  const p95 = (load: string) => readMetric(state, "ttft", "p95", { ...scope, load });
  assert.ok(p95("chat") !== undefined && p95("batch") !== undefined);
  assert.equal(p95("nobody"), undefined);
  // As logs were before they told it.
  for (const load of Object.values(state.run!.loads!)) delete load.restOf;
  for (const { measured } of Object.values(state.services["chat"]!.revisions)) {
    for (const load of Object.values(measured.loads!)) delete load.latencyUs;
  }
  assert.deepEqual([p95("chat"), p95("batch")], [undefined, undefined]);
});

Deno.test("latencyOf() of a load over a time is told by windows, of the first by what they leave", () => {
  const { state } = run(data({ duration: "4m", faults: [] }));
  const read = (metric: Latency, load: string | undefined, overUs: number) =>
    latencyOf(state, metric, {
      ...{ service: "chat", revision: undefined, nowUs: 240e6, overUs, load },
    });
  for (const metric of LATENCY_NAMES) {
    for (const overUs of [1e6, 30e6]) {
      const sum = emptyDense();
      for (const name of ["chat", "batch", "late"]) addLatency(sum, read(metric, name, overUs));
      assert.deepEqual(buckets(sum), buckets(read(metric, undefined, overUs)));
    }
    assert.ok(read(metric, "chat", 30e6).count > 0);
  }
});

Deno.test("a load's latencies are read back from the lines of the log, folded and kept in checkpoints", () => {
  const { lines, state } = run(data());
  const again = initialState();
  for (const line of lines) {
    const event = fleetEventSchema.parse(JSON.parse(line));
    assert.equal(encodeEvent(event), line);
    fold(again, event);
  }
  assert.deepEqual(summarize(again), summarize(state));
  const kept: FleetState = JSON.parse(JSON.stringify(state));
  assert.deepEqual(summarize(kept), summarize(state));
  const window = lines.find((line) => /"batch":\{[^}]*"latencyUs":\{"ttft"/.test(line))!;
  assert.ok(window !== undefined);
  const broken = window.replace(/("batch":\{[^}]*"buckets":\[)/, (_, begin) => `${begin}5,`);
  assert.equal(fleetEventSchema.safeParse(JSON.parse(broken)).success, false);
});

Deno.test("a branch that adds a load has the windows of its parent up to then", () => {
  const parent = data({ load: [load("chat")], faults: [] });
  const forked = forkScenario(parent, { ...parent, load: [load("chat"), load("more")] }, 120e6);
  assert.ok("data" in forked);
  const [before, after] = [run(parent), run(forked.data)];
  const past = ({ lines, events }: Run) =>
    lines.filter((_, index) => events[index]!.at < 120e6 && events[index]!.seq > 0);
  assert.ok(past(before).length > 100);
  assert.deepEqual(past(after), past(before));
  assert.deepEqual(Object.keys(summarize(after.state).services["chat"]!.loads), ["chat", "more"]);
});

Deno.test("goodput and burn rate of the first load are those of the requests that no other sent", () => {
  const { state } = run(data({ slo: { chat: { e2e: { p95: "700ms" }, goodput: "50%" } } }));
  const { loads, slo } = summarize(state).services["chat"]!;
  const { measured } = state.services["chat"]!.revisions["stable"]!;
  assert.deepEqual(Object.keys(measured.loads!), ["batch", "late"], "of chat nothing is told");
  const judged = Object.values(loads).map(({ requests, goodput }) => {
    const ended = requests.completed + requests.failed + requests.rejected - requests.retried;
    return { ended, good: Math.round(goodput! * ended) };
  });
  const sum = (key: "ended" | "good") => judged.reduce((all, each) => all + each[key], 0);
  assert.equal(sum("good"), measured.requests.good);
  const bad = 1 - sum("good") / sum("ended");
  assert.ok(Math.abs(slo!.budget.spent! - bad / 0.5) < 1e-4);
  const { goodput, budget } = loads["chat"]!;
  assert.ok(goodput! > 0 && Math.abs(budget!.spent! - (1 - goodput!) / 0.5) < 1e-4);
  const scope = { service: "chat", revision: undefined, nowUs: 300e6, overUs: undefined };
  const burn = readMetric(state, "burnRate", undefined, { ...scope, load: "chat" });
  assert.ok(Math.abs(burn! - 1000 * (1 - goodput!) / 0.5) <= 1);
});

Deno.test("summarize() has loads of each service that gets several", () => {
  const services = [llm("chat"), llm("other")];
  const { state } = run(data({
    ...{ services, faults: [] },
    load: [load("a"), load("b", { to: "other" }), load("c", { to: "other" })],
  }));
  const loads = Object.entries(summarize(state).services)
    .map(([name, { loads }]) => [name, Object.keys(loads)]);
  assert.deepEqual(loads, [["chat", []], ["other", ["b", "c"]]]);
});
