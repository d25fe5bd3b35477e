// Cost and energy of whole small runs, by hand from what the cluster held.
import assert from "node:assert/strict";
import { GPU_PRICES, type SaidPrices } from "../../../src/fleet/gpu_prices.ts";
import { pricesText } from "../../../src/report/cost_text.ts";
import { summarize } from "../../../src/report/summary.ts";
import { runText } from "../../../src/report/text.ts";
import { llm } from "../fleet/small_fleet.ts";
import { problems, run, smallScenario } from "../scenario/small_run.ts";

const SLO = { slo: { chat: { e2e: { p95: "60s" } } } };

/** Ten minutes of two pods of one H100 each. */
function chat(fields: Readonly<Record<string, unknown>> = {}, gpuPrices: SaidPrices = {}) {
  const { state } = run(smallScenario(fields));
  const { services } = summarize(state, state.at, { gpuPrices });
  return { state, summary: services["chat"]! };
}

const cluster = (more: object, gpus = "2xH100-SXM") => ({
  cluster: { nodes: [{ count: 3, gpus }], ...more },
});

Deno.test("summarize() has GPU-hours and their cost, by token too", () => {
  const { summary, state } = chat(SLO);
  assert.equal(summary.gpuHours, 0.3333);
  const usd = GPU_PRICES["H100-SXM"]!.usd / 3;
  assert.equal(summary.costUsd, Math.round(usd * 1e4) / 1e4);
  const { measured } = state.services["chat"]!.revisions["stable"]!;
  const perMillion = usd / (measured.outputTokens / 1e6);
  assert.ok(Math.abs(summary.costPerMillionOutputTokensUsd! - perMillion) < 1e-3);
  // All that was completed met a minute; tokens of those still in flight are in no answer.
  assert.equal(summary.goodput, 1);
  assert.ok(measured.goodTokens > 0 && measured.goodTokens <= measured.outputTokens);
  assert.ok(summary.costPerMillionGoodTokensUsd! >= summary.costPerMillionOutputTokensUsd!);
});

Deno.test("summarize() knows no cost of good tokens without an SLO", () => {
  assert.equal(chat().summary.costPerMillionGoodTokensUsd, null);
});

Deno.test("summarize() takes the scenario's price before the settings', and these before its own", () => {
  const prices = { "H100-SXM": 3 };
  const settings = { "H100-SXM": 6 };
  const both = chat(cluster({ prices }), settings).summary;
  assert.equal(both.costUsd, 1);
  assert.deepEqual(both.gpuPrices, { "H100-SXM": { usdPerHour: 3, source: "the scenario" } });
  const { costUsd, gpuPrices } = chat({}, settings).summary;
  assert.equal(costUsd, 2);
  assert.equal(gpuPrices["H100-SXM"]!.source, "the settings");
  assert.match(chat().summary.gpuPrices["H100-SXM"]!.source, /^inference-sim/);
});

Deno.test("summarize() knows no cost of a GPU without a price, and says how to have one", () => {
  const { summary, state } = chat(cluster({}, "2xH200-SXM"));
  assert.equal(summary.gpuHours, 0.3333);
  assert.deepEqual([summary.costUsd, summary.costPerMillionOutputTokensUsd], [null, null]);
  assert.match(pricesText(summary), /^no price of H200-SXM is known: enter .* cluster\.prices/);
  assert.match(runText(state), /^ {4}cost {7}-, no price of H200-SXM is known/m);
});

Deno.test("summarize() counts GPUs that are held while their pod starts, as idle ones", () => {
  const { state } = run(smallScenario({ services: [llm("chat", { replicas: 2 })], load: [] }));
  const { idleShare, meanWatts, joulesPerOutputToken } = summarize(state).services["chat"]!;
  assert.equal(idleShare, 1);
  assert.equal(meanWatts, Math.round(700 * 0.155 * 10) / 10);
  assert.equal(joulesPerOutputToken, null);
});

Deno.test("summarize() has energy between idle and the power limit, and busy time in it", () => {
  const { energyKwh, meanWatts, idleShare, joulesPerOutputToken } = chat().summary;
  assert.ok(idleShare! > 0 && idleShare! < 1);
  assert.ok(meanWatts! > 700 * 0.155 && meanWatts! < 700);
  assert.ok(Math.abs(energyKwh! - meanWatts! / 1000 / 3) < 1e-4);
  assert.ok(joulesPerOutputToken! > 0);
});

Deno.test("summarize() sums revisions up into their service", () => {
  const { state } = run(smallScenario({
    rollouts: [{
      ...{ kind: "canary", service: "chat", at: "1m", to: { image: "vllm:2" } },
      steps: [{ kind: "setWeight", weight: 50 }, { kind: "pause" }],
    }],
  }));
  const { gpuHours, costUsd, revisions } = summarize(state).services["chat"]!;
  const { stable, canary } = revisions;
  // A canary's pod holds its GPU from the second minute on, the most of it while it starts.
  assert.equal(canary!.gpuHours, 0.15);
  assert.equal(stable!.gpuHours, 0.3333);
  assert.ok(Math.abs(gpuHours! - 0.48333) < 1e-4);
  assert.ok(Math.abs(costUsd! - stable!.costUsd! - canary!.costUsd!) < 2e-4);
  assert.ok(canary!.idleShare! > stable!.idleShare!);
});

Deno.test("runText() has a line each for GPUs, cost and energy", () => {
  const { state } = chat({ ...SLO, ...cluster({ prices: { "H100-SXM": 3 } }) });
  const text = runText(state);
  assert.match(text, /^ {4}gpus {7}0\.333 GPU-hours, [\d.]+% of them idle$/m);
  assert.match(text, /^ {4}cost {7}\$1\.00, H100-SXM at \$3\.00 an hour$/m);
  assert.match(
    text,
    /^ {4}tokens at {2}\$[\d.,]+ a million output tokens, \$[\d.,]+ a million good ones$/m,
  );
  assert.match(
    text,
    /^ {4}energy {5}[\d.]+ kWh, [\d.]+ W a GPU, [\d.]+ J per output token, assumed$/m,
  );
});

Deno.test("plan() refuses a price of a GPU that nobody knows, and one that is none", () => {
  const { "cluster.prices.H100": unknown } = problems(
    smallScenario(cluster({ prices: { H100: 3 } })),
  );
  assert.match(unknown!, /^Cannot use the price of "H100": /);
  const negative = problems(smallScenario(cluster({ prices: { "H100-SXM": -1 } })));
  assert.equal(Object.keys(negative).length, 1);
});
