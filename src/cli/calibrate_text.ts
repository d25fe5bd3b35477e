// What `mtop calibrate` prints: each figure measured, before and after, and what changed.

import type { ErrorRow, ErrorTable } from "../calibration/fit_result.ts";
import { coefficientsOf } from "../serving/coefficients.ts";
import { formatUs, UNKNOWN } from "../view/format.ts";
import { table } from "../view/table.ts";
import type { Calibrated } from "./calibrate.ts";

const METRICS: Readonly<Record<string, string>> = {
  ttft: "TTFT",
  tpot: "TPOT",
  itl: "ITL",
  e2e: "E2E",
};

export function calibrationText(calibrated: Calibrated, { width }: { width?: number }): string {
  const { saved, path, fit } = calibrated;
  const options = { indent: "  ", ...(width === undefined ? {} : { width }) };
  return [
    `Fitted to ${saved.vector.fittedOn}`,
    "",
    ...table(errorRows(calibrated), { ...options, right: [3, 4, 5, 6], drop: [4, 2] }),
    "",
    ...table(medianRows(calibrated), { ...options, right: [1, 2, 3] }),
    ...(calibrated.outOfSample ? [] : [
      "",
      "  No error out of sample: that takes 3 runs, or --hold-out FILE.",
    ]),
    "",
    ...table(coefficientRows(calibrated), { ...options, right: [1, 2] }),
    "",
    `${fit.evaluations} evaluations; ${path === undefined ? "not saved" : `saved in ${path}`}`,
    "",
  ].join("\n");
}

/** `ttft` is in ms; other figures are shown as they are. */
function figure({ metric }: ErrorRow, value: number): string {
  return metric in METRICS ? formatUs(Math.round(value * 1000)) : value.toFixed(1);
}

/** `-3.2%`: how far the simulation is from what was measured. */
function signed({ simulated, measured }: ErrorRow): string {
  if (measured === 0) return UNKNOWN;
  const percent = (simulated - measured) / measured * 100;
  return `${percent < 0 ? "-" : "+"}${Math.abs(percent).toFixed(1)}%`;
}

function percent(ppm: number | undefined): string {
  return ppm === undefined ? UNKNOWN : `${(ppm / 10_000).toFixed(1)}%`;
}

function keyOf({ id, metric, statistic }: ErrorRow): string {
  return `${id}\0${metric}\0${statistic}`;
}

function errorRows({ fit, outOfSample, heldOut }: Calibrated): string[][] {
  const before = new Map(fit.before.rows.map((row) => [keyOf(row), row]));
  const unseen = new Map(outOfSample?.rows.map((row) => [keyOf(row), row]));
  const line = (row: ErrorRow, inSample: ErrorRow | undefined) => {
    const [old, out] = [before.get(keyOf(row)), unseen.get(keyOf(row))];
    return [
      row.id,
      METRICS[row.metric] ?? row.metric,
      row.statistic,
      figure(row, row.measured),
      old ? signed(old) : UNKNOWN,
      inSample ? signed(inSample) : UNKNOWN,
      out ? signed(out) : UNKNOWN,
    ];
  };
  return [
    ["RUN", "METRIC", "", "MEASURED", "BEFORE", "AFTER", "UNSEEN"],
    ...fit.inSample.rows.map((row) => line(row, row)),
    ...(heldOut ? outOfSample?.rows.map((row) => line(row, undefined)) ?? [] : []),
  ];
}

function medianRows({ fit, outOfSample }: Calibrated): string[][] {
  const median = (errors: ErrorTable | undefined, metric: string) =>
    percent(errors?.medianPpm[metric]);
  return [
    ["MEDIAN ERROR", "BEFORE", "AFTER", "UNSEEN"],
    ...Object.entries(METRICS)
      .filter(([metric]) => metric in fit.inSample.medianPpm)
      .map(([metric, name]) => [
        name,
        median(fit.before, metric),
        median(fit.inSample, metric),
        median(outOfSample, metric),
      ]),
  ];
}

/** Coefficients that the fit changed, by name. */
function changed({ saved, fit }: Calibrated): [string, { before: number; after: number }][] {
  const before: Readonly<Record<string, number>> = {
    ...coefficientsOf({ name: saved.gpu }).coefficients,
  };
  return Object.entries(fit.vector.coefficients)
    .filter(([name, after]) => before[name] !== after)
    .map(([name, after]) => [name, { before: before[name]!, after }]);
}

function coefficientRows(calibrated: Calibrated): string[][] {
  const shown = (value: number) => String(Number(value.toPrecision(5)));
  return [
    ["COEFFICIENT", "BEFORE", "AFTER"],
    ...changed(calibrated).map(([name, { before, after }]) => [name, shown(before), shown(after)]),
  ];
}

export function calibrationJson(calibrated: Calibrated): string {
  const { saved, path, fit, outOfSample } = calibrated;
  const report = {
    model: saved.model,
    gpu: saved.gpu,
    tensorParallel: saved.tensorParallel,
    savedIn: path ?? null,
    files: saved.files,
    evaluations: fit.evaluations,
    before: fit.before,
    after: fit.inSample,
    unseen: outOfSample ?? null,
    changed: Object.fromEntries(changed(calibrated)),
    calibration: saved,
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
