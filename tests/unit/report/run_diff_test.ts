// Two runs held against each other, load by load.
import assert from "node:assert/strict";
import type { LogHeader } from "../../../src/log/codec.ts";
import { diffRuns, type RunSide } from "../../../src/report/run_diff.ts";
import { runDiffText } from "../../../src/report/run_diff_text.ts";
import { summarize } from "../../../src/report/summary.ts";
import { run, smallScenario } from "../scenario/small_run.ts";

const load = (name: string, tokens: number) => ({
  ...{ kind: "constant", name, to: "chat", rps: 2, end: "50s" },
  ...{ prompt: { kind: "fixed", tokens }, output: { kind: "fixed", tokens: 20 } },
});

function side(path: string, loads: readonly unknown[]): RunSide {
  const scenario = smallScenario({ duration: "1m", load: loads });
  const { state, simulation } = run(scenario);
  const header = { scenario, seed: 1, mtop: "0" } as unknown as LogHeader;
  return { path, header, state, hash: simulation.hash };
}

Deno.test("diffRuns() holds loads against each other, with those that one run alone has", () => {
  const a = side("a", [load("users", 200), load("batch", 2_000)]);
  const b = side("b", [load("users", 200), load("batch", 4_000), load("more", 100)]);
  const diff = diffRuns(a, b, { first: null, startedSame: false });
  const p95 = ({ state }: RunSide) =>
    summarize(state).services["chat"]!.loads["batch"]!.ttftMs!["p95"]!;
  const { batch, more } = diff.loads["chat"]!;
  assert.deepEqual(Object.keys(diff.loads["chat"]!), ["users", "batch", "more"]);
  assert.deepEqual(batch!["ttftMs.p95"], { a: p95(a), b: p95(b), difference: p95(b) - p95(a) });
  assert.ok(p95(b) > p95(a));
  assert.deepEqual([more!["requests.arrived"]!.a, more!["requests.arrived"]!.b], [null, 100]);
  const text = runDiffText(diff, {});
  assert.match(
    text,
    /\n {2}chat, load batch\n[^\n]*difference\n {4}requests arrived +100 +100 +=\n/,
  );
  assert.match(text, /\n {2}chat, load more\n/);
});

Deno.test("runDiffText() has nothing of loads where services get one", () => {
  const one = side("a", [load("users", 200)]);
  const diff = diffRuns(one, one, { first: null, startedSame: true });
  assert.deepEqual(diff.loads, { chat: {} });
  assert.doesNotMatch(runDiffText(diff, {}), /load users/);
});

Deno.test("runDiffText() on a narrow terminal leaves the sides out before the difference", () => {
  const diff = diffRuns(side("a", [load("users", 200)]), side("b", [load("users", 4_000)]), {
    first: null,
    startedSame: false,
  });
  const lines = runDiffText(diff, { width: 40 }).split("\n");
  const mean = lines.find((line) => line.startsWith("    ttft mean"))!;
  assert.match(mean, /^ {4}ttft mean +\+\d/);
  assert.ok(mean.length <= 40, mean);
});
