import assert from "node:assert/strict";
import { DEFAULTS } from "../../../src/cli/settings.ts";
import type { Fact } from "../../../src/fleet/events.ts";
import { findColumn } from "../../../src/view/columns.ts";
import { fleetJson } from "../../../src/view/fleet_json.ts";
import { serviceRows } from "../../../src/view/fleet_table.ts";
import type { SloLimits } from "../../../src/view/thresholds.ts";
import {
  applied,
  node,
  NOW,
  pod,
  sampleFleet,
  SECOND,
  service,
  started,
  stateOf,
  type Traffic,
  window,
} from "./sample_fleet.ts";

const rows = Object.fromEntries(serviceRows(sampleFleet(), NOW).map((row) => [row.name, row]));

Deno.test("serviceRows() has one of each service, in the order of namespaces and names", () => {
  const names = serviceRows(sampleFleet(), NOW).map(({ namespace, name }) =>
    `${namespace}/${name}`
  );
  assert.deepEqual(names, [
    "chat/llama-3-70b",
    "chat/llama-3-70b-canary",
    "default/gemma-3-27b",
    "default/granite-8b",
    "default/mixtral-8x7b",
    "default/qwen3-235b-a22b-instruct-2507-fp8",
    "research/broken",
    "research/phi-4",
  ]);
});

Deno.test("serviceRows() sums the windows of the last minute", () => {
  const row = rows["llama-3-70b"]!;
  assert.equal(row.rps, 24);
  assert.equal(row.outputTokensPerSecond, 4800);
  assert.ok(Math.abs(row.ttftP95Us! - 1_700_000) < 1_700_000 * 0.005, `${row.ttftP95Us}`);
  assert.equal(row.kvPpm, 823_000);
  assert.deepEqual([row.running, row.waiting, row.waitingSeconds], [10, 3, 60]);
  assert.deepEqual([row.errorPpm, row.goodputPpm], [0, 1_000_000]);
  assert.equal(row.weight, 90);
  assert.equal(rows["llama-3-70b-canary"]!.errorPpm, 125_000);
});

Deno.test("serviceRows() knows no figure of a service that had no window", () => {
  for (const name of ["granite-8b", "mixtral-8x7b", "broken"]) {
    const { rps, ttftP95Us, kvPpm, running, waiting, errorPpm, requests } = rows[name]!;
    const figures = [rps, ttftP95Us, kvPpm, running, waiting, errorPpm, requests];
    assert.ok(figures.every((figure) => figure === undefined), name);
  }
  assert.equal(rows["mixtral-8x7b"]!.calibration, undefined);
});

Deno.test("serviceRows() finds a service idle that had windows and has none any more", () => {
  const [row] = serviceRows(
    stateOf([
      [0, started({ chat: "calibrated" })],
      [0, applied(service("chat"))],
      [10 * SECOND, window("chat", "stable", { ttftUs: 1000, rps: 5 })],
    ]),
    100 * SECOND,
  );
  assert.deepEqual([row!.rps, row!.waiting, row!.ttftP95Us, row!.kvPpm], [
    0,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("serviceRows() has gauges of the last window, until it is more than two seconds old", () => {
  const state = stateOf([
    [0, started({ chat: "calibrated" })],
    [0, applied(service("chat"))],
    [1 * SECOND, window("chat", "stable", { ttftUs: 1000, rps: 5, kvPpm: 900_000, waiting: 7 })],
    [2 * SECOND, window("chat", "stable", { ttftUs: 1000, rps: 5, kvPpm: 100_000, waiting: 1 })],
  ]);
  const gauges = (nowUs: number) => {
    const { kvPpm, running, waiting, rps } = serviceRows(state, nowUs)[0]!;
    return [kvPpm, running, waiting, rps];
  };
  assert.deepEqual(gauges(2 * SECOND), [100_000, 10, 1, 5]);
  assert.deepEqual(gauges(4 * SECOND), [100_000, 10, 1, 2.5]);
  assert.deepEqual(gauges(5 * SECOND), [undefined, undefined, undefined, 2]);
});

Deno.test("serviceRows() has the prefix hit rate of the last minute's lookups, if there were some", () => {
  const facts = (prefix: Traffic["prefix"]) =>
    stateOf([
      [0, started({ chat: "calibrated" })],
      [0, applied(service("chat"))],
      [1 * SECOND, window("chat", "stable", { ttftUs: 1000, rps: 5, ...(prefix && { prefix }) })],
      [2 * SECOND, window("chat", "stable", { ttftUs: 1000, rps: 5, prefix: [0, 0] })],
    ]);
  assert.equal(serviceRows(facts([800, 200]), 2 * SECOND)[0]!.prefixHitPpm, 250_000);
  const none = serviceRows(facts(undefined), 2 * SECOND);
  assert.equal(none[0]!.prefixHitPpm, undefined);
  const { useful, text } = findColumn("PREFIX%")!;
  assert.deepEqual([useful!(none), text(none[0]!)], [false, "-"]);
  const known = serviceRows(facts([800, 200]), 2 * SECOND);
  assert.deepEqual([useful!(known), text(known[0]!)], [true, "25"]);
});

Deno.test("serviceRows() divides by the seconds that there were", () => {
  const state = stateOf([
    [0, started({ chat: "calibrated" })],
    [0, applied(service("chat"))],
    [1 * SECOND, window("chat", "stable", { ttftUs: 1000, rps: 6 })],
    [2 * SECOND, window("chat", "stable", { ttftUs: 1000, rps: 2, waiting: 1 })],
  ]);
  const [row] = serviceRows(state, 2 * SECOND);
  assert.equal(row!.rps, 4);
  assert.equal(row!.waitingSeconds, 1);
});

Deno.test("serviceRows() counts the last second of a run once that is told twice", () => {
  const state = stateOf([
    [0, started({ chat: "calibrated" })],
    [0, applied(service("chat"))],
    ...[1, 2, 3, 3].map((at) =>
      [at * SECOND, window("chat", "stable", { ttftUs: 1000, rps: 2, waiting: 1 })] as const
    ),
  ]);
  assert.equal(serviceRows(state, 3 * SECOND)[0]!.waitingSeconds, 3);
});

Deno.test("serviceRows() knows a canary of an older log by its name", () => {
  const state = stateOf([
    [0, started({ chat: "calibrated" })],
    [0, applied(service("chat-canary"))],
    [SECOND, window("chat", "canary", { ttftUs: 1000, rps: 3 })],
  ]);
  assert.equal(serviceRows(state, SECOND)[0]!.rps, 3);
});

Deno.test("serviceRows() knows why a service is not simulated, fleetJson() tells", () => {
  const begun = started({ chat: "not simulated", code: "calibrated" });
  const notSimulated = { chat: "autoscaling is not modelled yet" };
  const scale = (name: string): Fact<"scale"> => ({
    kind: "scale",
    service: name,
    revision: "stable",
    member: `default/${name}`,
    replicas: 1,
    by: "spec",
  });
  const state = stateOf([
    [0, { ...begun, notSimulated }],
    ...["chat", "code"].flatMap((name) => [[0, applied(service(name))], [0, scale(name)]] as const),
  ]);
  const rows = serviceRows(state, SECOND);
  assert.deepEqual(rows.map((row) => row.notSimulated), [notSimulated.chat, undefined]);
  const { services } = fleetJson(rows, [], SECOND);
  assert.deepEqual(services.map((row) => row.notSimulated), [notSimulated.chat, null]);
});

Deno.test("serviceRows() prices GPUs only where it knows the price of each", () => {
  const state = stateOf([
    node("a", "H100-SXM"),
    node("b", "L4"),
    service("chat"),
    pod("chat", "p", { node: "a", gpus: 2 }),
    pod("chat", "q", { node: "b", gpus: 1 }),
    pod("chat", "r", { gpus: 8 }),
    pod("chat", "epp", { node: "a", component: "llminferenceservice-router-scheduler" }),
  ].map((object) => [0, applied(object)] as const));
  const priced = (gpuPrices: Record<string, number>) =>
    serviceRows(state, SECOND, { gpuPrices })[0]!.usdPerHour;
  assert.equal(serviceRows(state, SECOND)[0]!.gpus, 3);
  assert.equal(priced({ "H100-SXM": 2, "L4": 0.5 }), 4.5);
  assert.equal(priced({ "H100-SXM": 2 }), undefined);
  assert.equal(priced({}), undefined);
  state.run = { gpuPrices: { L4: 700 } } as unknown as NonNullable<typeof state.run>;
  const ofRun = serviceRows(state, SECOND)[0]!.usdPerHour;
  assert.equal(ofRun, 2 * 32.77 / 8 + 0.7, "the run's price, and that which mtop brings");
  assert.equal(fleetJson(serviceRows(state, SECOND), [], SECOND).services[0]!.usdPerHour, 8.8925);
});

Deno.test("serviceRows() takes the run's objectives before those of the settings", () => {
  const options = {
    slos: { "llama-3-70b": { ttftP95Us: 2_000_000 } },
    slo: { ttftP95Us: 500_000 },
  };
  const found = serviceRows(sampleFleet(), NOW, options);
  const slo = (name: string) => found.find((row) => row.name === name)!.slo.ttftP95Us;
  assert.equal(slo("llama-3-70b-canary"), 2_000_000);
  assert.equal(slo("granite-8b"), 500_000);
});

Deno.test("ITLp95 is marked by the mean gap of a request where a scenario's objective holds that", () => {
  const [row] = serviceRows(sampleFleet(), NOW);
  const marked = (slo: SloLimits) =>
    findColumn("itl")!.level!(
      { ...row!, itlP95Us: 70_000, tpotP95Us: 30_000, slo },
      DEFAULTS.thresholds,
    );
  assert.equal(marked({ itlP95Us: 60_000 }), "critical");
  assert.equal(marked({ itlP95Us: 60_000, itlIsMean: true }), "ok");
  assert.equal(marked({ itlP95Us: 20_000, itlIsMean: true }), "critical");
});

Deno.test("serviceRows() shows only what is to be kept", () => {
  const keep = ({ metadata }: { metadata: { namespace?: string } }) =>
    metadata.namespace === "chat";
  assert.equal(serviceRows(sampleFleet(), NOW, { keep }).length, 2);
});

Deno.test("serviceRows() tells how fast each revision burns the budget, where there is one", () => {
  const state = sampleFleet();
  const name = Object.keys(state.services).find((each) => each.includes("llama-3-70b"))!;
  state.services[name]!.objective = { goodputPpm: 990_000 };
  const burning = Object.fromEntries(
    serviceRows(state, NOW).map((row) => [row.name, row.burnMilli]),
  );
  assert.equal(burning["llama-3-70b"], 0);
  // An eighth of the canary's requests fail, and what else is not good: more than twelve times what may.
  assert.ok(burning["llama-3-70b-canary"]! >= 12_500, `${burning["llama-3-70b-canary"]}`);
  assert.equal(burning["phi-4"], undefined);
  assert.equal(rows["llama-3-70b"]!.burnMilli, undefined);
  const column = findColumn("BURN")!;
  const hot = serviceRows(state, NOW).find((row) => row.name === "llama-3-70b-canary")!;
  assert.equal(column.useful!([hot]), true);
  assert.equal(column.useful!([rows["phi-4"]!]), false);
  assert.match(column.text(hot), /^\d+(\.\d)?$/);
});
