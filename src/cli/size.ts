// `mtop size`: the fewest replicas, or the highest rate, with which a service keeps its objectives.

import { problemsText } from "../report/problems_text.ts";
import { marginOf, type Sizing, sizingText, type Trial } from "../report/sizing_text.ts";
import { limitOutcomes } from "../report/slo_limits.ts";
import type { Summary } from "../report/summary.ts";
import { least, most } from "../scenario/bisect.ts";
import { type Plan, plan } from "../scenario/plan.ts";
import { suggestion } from "../scenario/problem.ts";
import type { Setting } from "../scenario/setting.ts";
import {
  type Limits,
  replicasOf,
  rpsOf,
  withLimits,
  withRate,
  withReplicas,
} from "../scenario/sizing.ts";
import { type Console, marks, ProgressLine, widthOf } from "./console.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import { loadSandboxed } from "./sandbox.ts";
import { openSeedPool, type SeedPool } from "./seed_pool.ts";
import { withSettings } from "./set_scenario.ts";
import { stopOnSignals } from "./signals.ts";
import { scenarioOfService } from "./size_service.ts";

export interface SizeOptions {
  readonly maxRps?: true;
  readonly limits: Limits;
  /** Largest share of errors. */
  readonly maxErrors: number;
  readonly maxReplicas: number;
  readonly seeds: number;
  readonly set?: readonly Setting[];
  /** Which service of a scenario that has several. */
  readonly service?: string;
  /** Of a service of the mock cluster: what it is sized for, and on. */
  readonly rps?: number;
  readonly gpu?: string;
  readonly namespace?: string;
  readonly jobs?: number;
  readonly output: "text" | "json";
}

/** A rate is found to within so much of itself. */
const RATE_PRECISION = 0.02;

/** 0 when a size was found, 99 when not even the largest holds, 104 when the scenario is invalid. */
export async function size(
  what: string,
  options: SizeOptions,
  context: CliContext,
): Promise<number> {
  const { console } = context;
  using signals = stopOnSignals();
  const { stop } = signals;
  const given = isFile(what)
    ? await loadSandboxed(what, console, stop)
    : scenarioOfService(await context.store(), what, options, context);
  const set = withSettings(given, options.set);
  const before = plan(set);
  if ("problems" in before) return invalid(what, before.problems, console);
  const service = serviceOf(before, options.service);
  const data = withLimits(set, service, options.limits);
  const planned = plan(data);
  if ("problems" in planned) return invalid(what, planned.problems, console);
  requireLimits(data, service);
  const { gpuPrices } = context.settings();
  const { jobs } = options;
  using pool = openSeedPool({ stop, gpuPrices, ...(jobs === undefined ? {} : { jobs }) });
  const sizing = await search({ data, planned, service, options, pool, console });
  console.out(
    options.output === "json"
      ? `${JSON.stringify(withMargin(sizing), undefined, 2)}\n`
      : sizingText(sizing, { marks: marks(console), ...widthOf(console) }),
  );
  return sizing.answer === null ? EXIT.expectationFailed : EXIT.passed;
}

function isFile(what: string): boolean {
  return /[/\\]|\.[cm]?[jt]s$/.test(what);
}

function invalid(
  what: string,
  problems: Parameters<typeof problemsText>[1],
  console: Console,
): number {
  console.err(problemsText(what, problems));
  return EXIT.invalidScenario;
}

function serviceOf({ services }: Plan, wanted: string | undefined): string {
  const names = services.map(({ name }) => name);
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new CliError(`Cannot find the service "${wanted}": ${suggestion(wanted, names)}`);
  }
  if (wanted === undefined && names.length > 1) {
    throw new CliError(`Cannot tell what to size: add --service, one of ${names.join(", ")}`);
  }
  return wanted ?? names[0]!;
}

function requireLimits(data: unknown, service: string): void {
  const { slo } = data as { slo?: Readonly<Record<string, unknown>> };
  if (Object.keys(slo?.[service] ?? {}).length > 0) return;
  throw new CliError(
    `Cannot size "${service}" without an objective: add --ttft-p95 2s, --itl-p95 60ms`,
  );
}

function withMargin(sizing: Sizing) {
  const found = sizing.trials.find(({ value }) => value === sizing.answer);
  const nearest = found && marginOf(found);
  return { ...sizing, margin: nearest?.margin ?? null, nearest: nearest?.label ?? null };
}

interface Subject {
  readonly data: unknown;
  readonly planned: Plan;
  readonly service: string;
  readonly options: SizeOptions;
  readonly pool: SeedPool;
  readonly console: Console;
}

/** Tries sizes until the answer is known. Throws a `CliError` where there is nothing to size. */
async function search(subject: Subject): Promise<Sizing> {
  const { data, planned, service, options } = subject;
  const { maxErrors, seeds, maxReplicas } = options;
  const trials: Trial[] = [];
  const calibrations = new Set<string>();
  const tries = (sized: (value: number) => unknown) => async (value: number) => {
    const { trial, calibration } = await tryOut(subject, value, sized(value));
    trials.push(trial);
    calibrations.add(calibration);
    return trial.holds;
  };
  let answer: number | undefined;
  if (options.maxRps) {
    const rate = rpsOf(planned, service);
    if ("problem" in rate) throw new CliError(`Cannot raise the rate: ${rate.problem}`);
    const holds = tries((rps) => withRate(data, planned, service, rps / rate.rps));
    answer = (await most(holds, rate.rps, RATE_PRECISION)).found;
  } else {
    refuseScaled(subject);
    const holds = tries((replicas) => withReplicas(data, service, replicas));
    answer = await least(holds, replicasOf(data, service), maxReplicas);
  }
  return {
    service,
    of: options.maxRps ? "rps" : "replicas",
    seeds,
    maxErrors,
    calibration: [...calibrations].join(", "),
    ...(options.maxRps ? {} : besideOf(subject)),
    trials,
    answer: answer ?? null,
  };
}

/** Prefill, of a service that computes prompts apart. */
function besideOf({ planned, service }: Subject): Pick<Sizing, "beside"> {
  const { workloads = [] } = planned.services.find(({ name }) => name === service) ?? {};
  const prefill = workloads.find(({ role }) => role === "prefill");
  return prefill ? { beside: { prefill: prefill.replicas } } : {};
}

function refuseScaled({ planned, service }: Subject): void {
  const { workloads = [] } = planned.services.find(({ name }) => name === service) ?? {};
  const own = planned.scenario.autoscalers.some((each) => each.service === service);
  if (!own && workloads.every(({ scaling }) => scaling === undefined)) return;
  const hint = `try --max-rps, or take ${own ? "it" : "spec.scaling"} away with --set${
    own ? " autoscalers=[]" : ""
  }`;
  throw new CliError(`Cannot size "${service}": an autoscaler decides on its replicas; ${hint}`);
}

async function tryOut({ service, options, pool, console }: Subject, value: number, data: unknown) {
  const { seeds, maxErrors, maxRps } = options;
  const progress = new ProgressLine(console);
  progress.show(`trying ${value} ${maxRps ? "rps" : "replicas"} under ${seeds} seeds`);
  const runs = Array.from({ length: seeds }, (_, index) => pool.run({ data, seed: index + 1 }));
  const results = await Promise.all(runs).finally(() => progress.clear());
  const summaries = results.map(({ summary }) => summary);
  const trial = trialOf(value, data, summaries, service, maxErrors);
  return { trial, calibration: summaries[0]!.services[service]!.calibration };
}

function trialOf(
  value: number,
  data: unknown,
  summaries: readonly Summary[],
  service: string,
  maxErrors: number,
): Trial {
  const outcomes = summaries.map((summary) =>
    limitOutcomes(data, summary).filter((limit) => limit.service === service)
  );
  const limits = outcomes[0]!.map(({ label, limitMs }, index) => ({
    label,
    limitMs,
    worstMs: worstOf(outcomes.map((each) => each[index]!.gotMs)),
  }));
  const errorRate = worstOf(summaries.map(({ services }) => services[service]!.errorRate));
  const kept = limits.every(({ worstMs, limitMs }) => worstMs !== null && worstMs <= limitMs);
  return {
    value,
    holds: kept && errorRate !== null && errorRate <= maxErrors,
    limits,
    errorRate,
    gpus: hourly(summaries, service, "gpuHours"),
    costUsdPerHour: hourly(summaries, service, "costUsd"),
  };
}

/** The largest; null as soon as one is unknown. */
function worstOf(values: readonly (number | null)[]): number | null {
  return values.reduce(
    (worst, each) => worst === null || each === null ? null : Math.max(worst, each),
    0,
  );
}

/** A figure of the whole run for an hour of it, the mean over the seeds. */
function hourly(
  summaries: readonly Summary[],
  service: string,
  figure: "gpuHours" | "costUsd",
): number | null {
  const rates = summaries.map(({ services, virtualSeconds, warmupSeconds }) => {
    const value = services[service]![figure];
    return value === null ? NaN : value * 3600 / (virtualSeconds - warmupSeconds);
  });
  const mean = rates.reduce((sum, each) => sum + each, 0) / rates.length;
  return Number.isNaN(mean) ? null : mean;
}
