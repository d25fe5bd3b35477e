// The fleet at an instant, a row for each LLMInferenceService: its state, its replicas, its last minute.

import { priceOf, type SaidPrices } from "../fleet/gpu_prices.ts";
import { measure } from "../fleet/measure.ts";
import type { FleetState, RevisionState, ServiceState, WindowEvent } from "../fleet/state.ts";
import { lastOfEachSecond } from "../fleet/window_seconds.ts";
import type { KubeObject } from "../kube/object.ts";
import { SERVICE_RESOURCE } from "../kube/resources.ts";
import { type DenseHistogram, emptyDense, mergeSparse, percentile } from "../metrics/histogram.ts";
import { emptyCounts, type RequestCounts } from "../metrics/request_counts.ts";
import {
  addRequests,
  errorRatePpm,
  goodputPpm,
  prefixHitPpm,
  type Totals,
} from "../metrics/totals.ts";
import { desiredReplicas, readyReplicas, type ServiceWord, serviceWord } from "./service_state.ts";
import { limitsOf, type SloLimits } from "./thresholds.ts";

/** Rates and percentiles speak of so many seconds before the instant, or of those that state keeps. */
const RANGE_SECONDS = 60;
const SECOND_US = 1_000_000;
/** What is read now is unknown so long after the last window: the engine may be gone. */
const GAUGE_US = 2 * SECOND_US;

type Maybe = number | undefined;

/** One service; what is undefined is not known. */
export interface ServiceRow {
  readonly namespace: string;
  readonly name: string;
  readonly state: ServiceWord;
  readonly ready: Maybe;
  readonly desired: Maybe;
  /** Requests of the last minute, by what became of them; undefined when it never had any. */
  readonly requests: RequestCounts | undefined;
  readonly rps: Maybe;
  readonly outputTokensPerSecond: Maybe;
  readonly ttftP95Us: Maybe;
  readonly itlP95Us: Maybe;
  /** Of requests: the mean gap between their tokens. */
  readonly tpotP95Us: Maybe;
  readonly e2eP95Us: Maybe;
  /** Of now: mean over pods, in parts per million. */
  readonly kvPpm: Maybe;
  /** Tokens found in the prefix cache, of those looked up there; undefined when none was. */
  readonly prefixHitPpm: Maybe;
  readonly running: Maybe;
  readonly waiting: Maybe;
  /** How long some have been waiting. */
  readonly waitingSeconds: number;
  readonly errorPpm: Maybe;
  /** Undefined also where the service has no SLO. */
  readonly goodputPpm: Maybe;
  /** How fast its error budget burns, in thousandths; undefined also where it has none. */
  readonly burnMilli: Maybe;
  /** Its part of the route it shares with others; undefined when it shares none. */
  readonly weight: Maybe;
  /** GPUs that its pods hold. */
  readonly gpus: number;
  readonly usdPerHour: Maybe;
  readonly slo: SloLimits;
  /** `calibrated`, `uncalibrated`, `not simulated`; undefined when nothing tells. */
  readonly calibration: string | undefined;
  /** Of a calibrated service, how far from measured runs; undefined where nothing tells. */
  readonly calibrationError: ServiceState["calibrationError"] | undefined;
  /** Why it is `not simulated`; undefined when it is, or nothing tells. */
  readonly notSimulated: string | undefined;
}

export interface RowOptions {
  /** Which services are shown; all without it. */
  readonly keep?: (service: KubeObject) => boolean;
  /** Objectives by service, as the run begins with them; `slo` holds for the others. */
  readonly slos?: Readonly<Record<string, SloLimits>>;
  readonly slo?: SloLimits;
  /** USD a GPU and hour, by the GPU's name. */
  readonly gpuPrices?: Readonly<Record<string, number>>;
}

/** A row for each service that is kept, in the order of their namespaces and names. */
export function serviceRows(
  state: FleetState,
  nowUs: number,
  options: RowOptions = {},
): ServiceRow[] {
  const members = membersOf(state);
  const pods = podsByService(state);
  const { keep = () => true } = options;
  return Object.values(state.objects)
    .filter((object) => object.kind === SERVICE_RESOURCE.kind && keep(object))
    .map((service) => {
      const id = idOf(service);
      const member = members.get(id) ?? members.get(service.metadata.name);
      return rowOf(service, pods.get(id) ?? [], member, { state, nowUs, options });
    })
    .sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
}

interface Scope {
  readonly state: FleetState;
  readonly nowUs: number;
  readonly options: RowOptions;
}

/** What state knows of a member of a route group: the group, and the revision that it is there. */
export interface Member {
  readonly key: string;
  readonly name: string;
  readonly group: ServiceState;
  readonly revision: RevisionState;
}

function rowOf(
  service: KubeObject,
  pods: readonly KubeObject[],
  member: Member | undefined,
  { state, nowUs, options }: Scope,
): ServiceRow {
  const { name } = service.metadata;
  const gpus = gpusOf(pods, state);
  const { slos = {}, slo = {}, gpuPrices } = options;
  return {
    namespace: namespaceOf(service),
    name,
    state: serviceWord(service, pods),
    ready: readyReplicas(service, pods),
    desired: desiredReplicas(service, state.objects),
    ...figures(member, state, nowUs),
    weight: member && weightOf(member),
    gpus: gpus.length,
    usdPerHour: usdPerHourOf(gpus, state, gpuPrices),
    slo: (member && objectivesOf(member, slos, name)) ?? slo,
    calibration: member?.group.calibration,
    calibrationError: member?.group.calibrationError,
    notSimulated: member?.group.notSimulated,
  };
}

/** Those in force: what a change of them left, else those that the run began with. */
function objectivesOf(
  { key, group }: Member,
  slos: NonNullable<RowOptions["slos"]>,
  name: string,
): SloLimits | undefined {
  return group.slo ? limitsOf(group.slo) : slos[key] ?? slos[name];
}

type Figures = Pick<
  ServiceRow,
  | "requests"
  | "rps"
  | "outputTokensPerSecond"
  | "ttftP95Us"
  | "itlP95Us"
  | "tpotP95Us"
  | "e2eP95Us"
  | "kvPpm"
  | "prefixHitPpm"
  | "running"
  | "waiting"
  | "waitingSeconds"
  | "errorPpm"
  | "goodputPpm"
  | "burnMilli"
>;

const NO_FIGURES: Figures = {
  requests: undefined,
  rps: undefined,
  outputTokensPerSecond: undefined,
  ttftP95Us: undefined,
  itlP95Us: undefined,
  tpotP95Us: undefined,
  e2eP95Us: undefined,
  kvPpm: undefined,
  prefixHitPpm: undefined,
  running: undefined,
  waiting: undefined,
  waitingSeconds: 0,
  errorPpm: undefined,
  goodputPpm: undefined,
  burnMilli: undefined,
};

/** A service that never had a window may have had no traffic or not be simulated: nothing is known. */
function figures(member: Member | undefined, state: FleetState, nowUs: number): Figures {
  const { run } = state;
  const recent = member?.revision.recent ?? [];
  const seconds = Math.min(RANGE_SECONDS, run?.keepSeconds ?? RANGE_SECONDS, nowUs / SECOND_US);
  if (!member || recent.length === 0 || seconds <= 0) return NO_FIGURES;
  const windows = recent.filter(({ at }) => at > nowUs - seconds * SECOND_US);
  const sums = sumOf(windows);
  const p95 = (histogram: DenseHistogram) =>
    histogram.count === 0 ? undefined : percentile(histogram, 95);
  return {
    requests: sums.requests,
    rps: sums.requests.arrived / seconds,
    outputTokensPerSecond: sums.outputTokens / seconds,
    ttftP95Us: p95(sums.ttft),
    itlP95Us: p95(sums.itl),
    tpotP95Us: p95(sums.tpot),
    e2eP95Us: p95(sums.e2e),
    ...gauges(windows, nowUs),
    prefixHitPpm: prefixHitPpm(sums),
    errorPpm: errorRatePpm(sums.requests),
    goodputPpm: member.group.hasSlo ? goodputPpm(sums.requests) : undefined,
    burnMilli: burnOf(member, state, nowUs),
  };
}

/** Of the last minute alone: a table shows what is so now. */
function burnOf({ key, name }: Member, state: FleetState, nowUs: number): Maybe {
  const over = RANGE_SECONDS * SECOND_US;
  const burning = { metric: "burnRate", of: name, over, short: over } as const;
  return measure(state, burning, { service: key, nowUs, overUs: over });
}

/** What the last window found, as long as it speaks of now. */
function gauges(
  windows: readonly WindowEvent[],
  nowUs: number,
): Pick<Figures, "kvPpm" | "running" | "waiting" | "waitingSeconds"> {
  const last = windows.at(-1);
  if (last === undefined || nowUs - last.at > GAUGE_US) {
    return { kvPpm: undefined, running: undefined, waiting: undefined, waitingSeconds: 0 };
  }
  const { kvPpm, running, waiting } = last.pods;
  return {
    kvPpm: kvPpm.length === 0 ? undefined : total(kvPpm) / kvPpm.length,
    running: total(running),
    waiting: total(waiting),
    waitingSeconds: lastingSeconds(windows),
  };
}

/** Whole seconds up to the last window in which requests waited, without a break. */
function lastingSeconds(windows: readonly WindowEvent[]): number {
  const seconds = lastOfEachSecond(windows);
  const last = seconds.at(-1)?.at ?? 0;
  const calm = seconds.toReversed().findIndex(({ at, pods }, back) =>
    at !== last - back * SECOND_US || total(pods.waiting) === 0
  );
  return calm < 0 ? seconds.length : calm;
}

function sumOf(windows: readonly WindowEvent[]) {
  const requests: Totals["requests"] = emptyCounts();
  const histograms = {
    ttft: emptyDense(),
    itl: emptyDense(),
    tpot: emptyDense(),
    e2e: emptyDense(),
  };
  let [outputTokens, prefixQueries, prefixHits] = [0, 0, 0];
  for (const metrics of windows.flatMap(({ measured, warmup }) => [measured, warmup])) {
    if (!metrics) continue;
    outputTokens += metrics.outputTokens;
    prefixQueries += metrics.prefixQueries ?? 0;
    prefixHits += metrics.prefixHits ?? 0;
    addRequests(requests, metrics.requests);
    for (const key of ["ttft", "itl", "tpot", "e2e"] as const) {
      const histogram = metrics.latencyUs[key];
      if (histogram) mergeSparse(histograms[key], histogram);
    }
  }
  return { requests, outputTokens, prefixQueries, prefixHits, ...histograms };
}

/** By `namespace/name` of the object; by its name alone where a log does not say more. */
export function membersOf({ services }: FleetState): Map<string, Member> {
  const found = new Map<string, Member>();
  for (const [key, group] of Object.entries(services)) {
    for (const [name, revision] of Object.entries(group.revisions)) {
      const { member = name === "stable" ? key : `${key}-${name}` } = revision;
      found.set(member, { key, name, group, revision });
    }
  }
  return found;
}

function weightOf({ group, name }: Member): Maybe {
  const shared = group.group !== undefined || Object.keys(group.weights).length > 1;
  return shared ? group.weights[name] : undefined;
}

/** Pods of a service carry its name, and those that serve say that they do (KServe's labels). */
function podsByService({ objects }: FleetState): Map<string, KubeObject[]> {
  const found = new Map<string, KubeObject[]>();
  for (const pod of Object.values(objects)) {
    if (pod.kind !== "Pod") continue;
    const { labels = {} } = pod.metadata;
    const service = labels["app.kubernetes.io/name"];
    const component = labels["app.kubernetes.io/component"] ?? "";
    if (service === undefined || !component.startsWith("llminferenceservice-workload")) continue;
    const id = `${namespaceOf(pod)}/${service}`;
    const pods = found.get(id) ?? [];
    pods.push(pod);
    found.set(id, pods);
  }
  return found;
}

/** The name of each GPU that scheduled pods hold; undefined where the node does not say. */
function gpusOf(pods: readonly KubeObject[], { objects }: FleetState): (string | undefined)[] {
  return pods.flatMap(({ spec }) => {
    const { nodeName, containers = [] } = (spec ?? {}) as {
      nodeName?: string;
      containers?: { resources?: { limits?: Record<string, string | number> } }[];
    };
    if (nodeName === undefined) return [];
    const count = total(
      containers.map(({ resources }) => Number(resources?.limits?.["nvidia.com/gpu"] ?? 0)),
    );
    const gpu = objects[`/Node//${nodeName}`]?.metadata.labels?.["nvidia.com/gpu.product"];
    return Array.from({ length: count }, () => gpu);
  });
}

/** By whom a run's cost goes by, too. Unknown as soon as the price of one GPU is. */
function usdPerHourOf(
  gpus: readonly (string | undefined)[],
  { run }: FleetState,
  settings: SaidPrices | undefined,
): Maybe {
  const scenario = run?.gpuPrices && Object.fromEntries(
    Object.entries(run.gpuPrices).map(([gpu, milliUsd]) => [gpu, milliUsd / 1000]),
  );
  const said = [["the scenario", scenario], ["the settings", settings]] as const;
  let sum = 0;
  for (const gpu of gpus) {
    const price = gpu === undefined ? undefined : priceOf(gpu, said);
    if (price === undefined) return undefined;
    sum += price.usdPerHour;
  }
  return sum;
}

function idOf(object: KubeObject): string {
  return `${namespaceOf(object)}/${object.metadata.name}`;
}

export function namespaceOf({ metadata }: KubeObject): string {
  return metadata.namespace ?? "default";
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** By code units: the same order on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
