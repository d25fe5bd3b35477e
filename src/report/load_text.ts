// A load of a plan in a line: its rate or its users, and what its requests are.

import type { Length } from "../load/lengths.ts";
import type { Load } from "../load/loads.ts";
import { targetText } from "../load/target.ts";
import { formatDuration } from "../sim/duration.ts";

/** Its name, how it sends, and to whom and what. */
export function loadCells(load: Load): string[] {
  return [load.name, arrivalsText(load), [`to ${targetText(load.to)}`, ...said(load)].join(", ")];
}

/** `prompt lognormal, mean 900, p99 6000; output 10`; undefined of what was recorded, and of own code. */
export function askedText(load: Load): string | undefined {
  if (load.kind === "own") {
    return load.options === undefined ? undefined : `options ${JSON.stringify(load.options)}`;
  }
  if (load.kind === "trace") return undefined;
  const { prompt, output, requests } = load;
  if (requests) {
    const { systemTokens, questionTokens, outputTokens } = requests;
    const begin = `system prompt ${systemTokens}; question ${lengthText(questionTokens)}`;
    return `${begin}; output ${lengthText(outputTokens)} tokens`;
  }
  if (!prompt || !output) return undefined;
  return `prompt ${lengthText(prompt)}; output ${lengthText(output)} tokens`;
}

function lengthText(length: Length): string {
  switch (length.kind) {
    case "fixed":
      return `${length.tokens}`;
    case "uniform":
      return `${length.min} to ${length.max}`;
    case "lognormal":
      return `lognormal, mean ${length.mean}, p99 ${length.p99}`;
    case "empirical":
      return `one of ${length.values.length} that were measured`;
  }
}

function arrivalsText(load: Load): string {
  switch (load.kind) {
    case "own":
      return load.policy;
    case "trace": {
      const { requests, speedup = 1 } = load;
      const faster = speedup === 1 ? "" : ` at ${speedup}x speed`;
      return `trace of ${requests.atUs.length} requests${faster}`;
    }
    case "users":
      return [`${load.users} users`, ...usersText(load)].join(", ");
    case "gamma":
      return `gamma ${load.rps} rps, burstiness ${load.burstiness}`;
    case "stages":
      return `${load.arrivals} stages: ${load.stages.map(stageText).join(", ")}`;
    case "spike":
      return `${load.arrivals} ${load.rps} rps, ${spikeText(load)}`;
    case "diurnal": {
      const peak = load.peakAt === undefined ? "" : `, highest at ${formatDuration(load.peakAt)}`;
      const { arrivals, low, high, period } = load;
      return `${arrivals} ${low} to ${high} rps every ${formatDuration(period)}${peak}`;
    }
    default:
      return `${load.kind} ${load.rps} rps`;
  }
}

type Of<K extends Load["kind"]> = Extract<Load, { kind: K }>;

function usersText({ think, rampUp, multiTurn }: Of<"users">): string[] {
  const pause = typeof think === "number"
    ? think === 0 ? [] : [`think ${formatDuration(think)}`]
    : [`think ${formatDuration(think.mean)} on average`];
  return [
    ...pause,
    ...(rampUp === 0 ? [] : [`ramp-up ${formatDuration(rampUp)}`]),
    ...turnsText(multiTurn),
  ];
}

function stageText(stage: Of<"stages">["stages"][number]): string {
  const lasts = formatDuration(stage.for);
  const { rps, rampTo } = stage;
  return rampTo === undefined ? `${rps} rps for ${lasts}` : `to ${rampTo} rps in ${lasts}`;
}

function spikeText({ peak, at, for: lasts, ramp }: Of<"spike">): string {
  const rise = ramp === 0 ? "" : ` (ramp ${formatDuration(ramp)})`;
  return `${peak} rps at ${formatDuration(at)} for ${formatDuration(lasts)}${rise}`;
}

function turnsText(multiTurn: Of<"users">["multiTurn"]): string[] {
  if (multiTurn === undefined || multiTurn === false) return [];
  const { maxTurns, maxTokens } = multiTurn === true ? {} : multiTurn;
  const bounds = [
    ...(maxTurns === undefined ? [] : [`${maxTurns} turns`]),
    ...(maxTokens === undefined ? [] : [`${maxTokens} tokens`]),
  ];
  return [bounds.length === 0 ? "multi-turn" : `multi-turn up to ${bounds.join(" or ")}`];
}

function said(load: Load): string[] {
  const { start, end, continues, priority, objective, fairness, adapter, timeout } = load;
  const { retries, slo } = load;
  const groups = load.kind === "trace" || load.kind === "own" ? undefined : load.requests;
  const text = <T>(value: T | undefined, write: (value: T) => string) =>
    value === undefined ? [] : [write(value)];
  return [
    ...text(groups, (each) => `${each.groups} groups of ${each.usersPerGroup} users`),
    ...turnsText(groups?.multiTurn),
    ...text(continues, (name) => `goes on for ${name}`),
    ...text(start, (us) => `from ${formatDuration(us)}`),
    ...text(end, (us) => `until ${formatDuration(us)}`),
    ...text(priority, (number) => `priority ${number}`),
    ...text(objective, (number) => `objective ${number}`),
    ...text(fairness, (name) => `fairness ${name}`),
    ...text(adapter, (name) => `adapter ${name}`),
    ...text(timeout, (us) => `timeout ${formatDuration(us)}`),
    ...text(retries, ({ attempts }) => `up to ${attempts} attempts`),
    ...text(slo, () => "an SLO of its own"),
  ];
}
