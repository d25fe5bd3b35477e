// The fleet at an instant, a row for each LLMInferenceService: its state, its replicas, its last minute.

import { priceOf, type SaidPrices } from "../fleet/gpu_prices.ts";
import type { FleetState, ServiceState } from "../fleet/state.ts";
import { servedService } from "../kube/names.ts";
import type { KubeObject } from "../kube/object.ts";
import { SERVICE_RESOURCE } from "../kube/resources.ts";
import { type Member, membersOf, weightOf } from "./members.ts";
import { type ServiceFigures, serviceFigures } from "./service_figures.ts";
import { desiredReplicas, readyReplicas, type ServiceWord, serviceWord } from "./service_state.ts";
import { limitsOf, type SloLimits } from "./thresholds.ts";

type Maybe = number | undefined;

/** One service; what is undefined is not known. */
export interface ServiceRow extends ServiceFigures {
  readonly namespace: string;
  readonly name: string;
  readonly state: ServiceWord;
  readonly ready: Maybe;
  readonly desired: Maybe;
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
    ...serviceFigures(member, state, nowUs),
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

/** By `namespace/name` of the service whose model servers they are. */
function podsByService({ objects }: FleetState): Map<string, KubeObject[]> {
  const found = new Map<string, KubeObject[]>();
  for (const pod of Object.values(objects)) {
    if (pod.kind !== "Pod") continue;
    const service = servedService(pod.metadata.labels);
    if (service === undefined) continue;
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
