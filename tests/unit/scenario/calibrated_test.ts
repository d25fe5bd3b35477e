// Calibrations of a scenario: what they change, and what is said beside the figures.
import assert from "node:assert/strict";
import { DEFAULTS } from "../../../src/cli/settings.ts";
import type { FleetState } from "../../../src/fleet/state.ts";
import { summarize } from "../../../src/report/summary.ts";
import { runText } from "../../../src/report/text.ts";
import { findColumn } from "../../../src/view/columns.ts";
import { plainTable } from "../../../src/view/frame.ts";
import { PLAIN } from "../../../src/view/theme.ts";
import { calibration } from "../calibration/calibration_rig.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, problems, run, smallScenario } from "./small_run.ts";

const ERROR = { ttftPpm: 98_000, tpotPpm: 32_000, e2ePpm: 41_000, runs: 5 };
const MARKS = { marks: { passed: "✓", failed: "✗" } };

/** Qwen3-32B on two H100 for three minutes, the first of them no load. */
function scenarioOf(fields: Readonly<Record<string, unknown>>) {
  return smallScenario({
    duration: "7m",
    services: [llm("chat", { gpus: 2, model: "Qwen/Qwen3-32B" })],
    ...fields,
  });
}

function monitor(state: FleetState): string {
  const { thresholds, columns } = DEFAULTS;
  return plainTable(state, state.at, { column: findColumn("name")!, descending: false }, {
    ...{ theme: PLAIN, thresholds, more: false, rows: {}, decorated: true, width: undefined },
    columns: columns.map((head) => findColumn(head)!),
  }).join("\n");
}

const slow = calibration({ stepUs: 50_000 }, ERROR);

Deno.test("a scenario's calibration times the steps of its engines", () => {
  const [before, after] = [run(scenarioOf({})), run(scenarioOf({ calibrations: [slow] }))];
  const tpotMs = ({ state }: typeof before) => summarize(state).services["chat"]!.tpotMs!.mean;
  const slower = tpotMs(after) - tpotMs(before);
  assert.ok(slower > 49 && slower < 60, `${slower} ms a token`);
});

Deno.test("a summary says calibrated with its error, and uncalibrated without one", () => {
  const { state } = run(scenarioOf({ calibrations: [slow] }));
  const { calibration: said, calibrationError } = summarize(state).services["chat"]!;
  assert.equal(said, "calibrated");
  assert.deepEqual(calibrationError, { ttft: 0.098, tpot: 0.032, e2e: 0.041, runs: 5 });
  assert.match(
    runText(state, MARKS),
    /chat, calibrated \(E2E ±4\.1%, TTFT ±9\.8%, TPOT ±3\.2%\)\n/,
  );
  assert.match(monitor(state), /^calibrated: chat \(E2E ±4\.1%, TTFT ±9\.8%, TPOT ±3\.2%\)$/m);
  const { error: _, ...vector } = calibration().vector;
  const nothingHeld = run(scenarioOf({ calibrations: [{ ...calibration(), vector }] }));
  assert.match(runText(nothingHeld.state, MARKS), /chat, calibrated\n/);
  const cluster = { nodes: [{ count: 1, gpus: "2xL40S" }] };
  const { chat } = summarize(run(scenarioOf({ cluster })).state).services;
  assert.deepEqual([chat!.calibration, chat!.calibrationError], ["uncalibrated", null]);
});

Deno.test("a service is uncalibrated when one of its nodes has another GPU", () => {
  const nodes = [{ count: 1, gpus: "2xH100-SXM" }, { count: 1, gpus: "2xL40S" }];
  const { state } = run(scenarioOf({ calibrations: [slow], cluster: { nodes } }));
  assert.equal(state.services["chat"]!.calibration, "uncalibrated");
  assert.equal(state.services["chat"]!.calibrationError, undefined);
});

Deno.test("plan() warns of a calibration that is of no service, and refuses what is none", () => {
  const others = [{ ...slow, tensorParallel: 4 }, { ...slow, gpu: "A100-SXM-80GB" }, slow];
  assert.deepEqual(
    planned(scenarioOf({ calibrations: others })).warnings.map(({ path }) => path),
    ["calibrations[0]", "calibrations[1]"],
  );
  const [[path, message] = []] = Object.entries(problems(scenarioOf({ calibrations: [{}] })));
  assert.equal(path, "calibrations[0].kind");
  assert.match(message!, /mtop calibrate/);
});
