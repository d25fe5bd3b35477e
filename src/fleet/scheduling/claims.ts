// Which devices of a node a pod's claims get: kube-scheduler's DynamicResources.
//
// After Kubernetes v1.34, plugins/dynamicresources and dynamic-resource-allocation/structured. A device is
// one claim's alone; claims of one pod are all met on its node, or none is.

import { CelError, type CelExpression, type CelMap, parseCel } from "./cel.ts";
import { celDevice, type DeviceClassPlan, publishedDevice } from "./device_classes.ts";
import type { Devices, DevicesPlan, Slot } from "./devices.ts";
import type { Refusal } from "./filters.ts";
import type { Placing } from "./placing.ts";
import type { ClaimNeed, DeviceRequest } from "./pod_needs.ts";

/** A node's devices that can be claimed. */
export interface ClaimableNode {
  readonly plan: DevicesPlan;
  readonly devices: Devices;
}

/** A device that a request of a claim was given. */
export interface Allocated {
  readonly claim: string;
  readonly request: string;
  readonly slot: Slot;
}

/** The devices of one node that a request could have, or why that cannot be told. */
type Eligible = readonly Slot[] | string;

export class Claims {
  readonly #classes: ReadonlyMap<string, DeviceClassPlan>;
  readonly #parsed = new Map<string, CelExpression | string>();
  /** By node and request: what is eligible does not depend on who has it. */
  readonly #eligible = new WeakMap<Devices, Map<string, Eligible>>();

  constructor(classes: readonly DeviceClassPlan[]) {
    this.#classes = new Map(classes.map((one) => [one.name, one]));
  }

  /** What keeps a pod off every node alike; said instead of any other reason. */
  problem({ needs, pod, namespace = "default" }: Placing): string | undefined {
    for (const { requests } of needs.claims) {
      if (requests.length === 0) return `pod "${namespace}/${pod}": ResourceClaim not created yet`;
      for (const { name, deviceClass } of requests) {
        if (this.#classes.has(deviceClass)) continue;
        return `request ${name}: device class ${deviceClass} does not exist`;
      }
    }
    return undefined;
  }

  refuse({ needs, pod, namespace = "default" }: Placing, node: ClaimableNode): Refusal | undefined {
    const found = this.allocate(needs.claims, node);
    if (Array.isArray(found)) return undefined;
    const reason = found === undefined
      ? "cannot allocate all claims"
      : `claim ${namespace}/${pod}-${found}`;
    return { reasons: [reason], resolvable: false };
  }

  /** The devices for all claims; undefined where there are too few, in words where that is not known. */
  allocate(
    claims: readonly ClaimNeed[],
    node: ClaimableNode,
  ): readonly Allocated[] | undefined | string {
    const wanted = claims.flatMap(({ name, requests }) =>
      requests.map((request) => ({ claim: name, request }))
    );
    const choices: Choice[] = [];
    for (const { claim, request } of wanted) {
      const eligible = this.#eligibleFor(request, node);
      if (typeof eligible === "string") return `${claim}: ${eligible}`;
      const free = eligible.filter((slot) => node.devices.isFree(slot));
      choices.push({ claim, request: request.name, count: request.count, free });
    }
    return assign(choices, new Set());
  }

  #eligibleFor(request: DeviceRequest, node: ClaimableNode): Eligible {
    const known = this.#eligible.get(node.devices) ?? new Map<string, Eligible>();
    this.#eligible.set(node.devices, known);
    const key = JSON.stringify([request.deviceClass, request.selectors]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const eligible = this.#select(request, node);
    known.set(key, eligible);
    return eligible;
  }

  #select({ deviceClass, selectors }: DeviceRequest, { plan, devices }: ClaimableNode): Eligible {
    const all = [
      ...this.#classes.get(deviceClass)!.selectors.map((text, i) =>
        [text, `class ${deviceClass}: selector #${i}`] as const
      ),
      ...selectors.map((text, i) => [text, `selector #${i}`] as const),
    ];
    const found: Slot[] = [];
    const ordinals = new Map<number, number>();
    for (const slot of devices.slots) {
      const ordinal = ordinals.get(slot.gpu) ?? 0;
      ordinals.set(slot.gpu, ordinal + 1);
      if (slot.resource !== undefined) continue;
      const device = celDevice(publishedDevice(plan, slot, ordinal));
      const holds = this.#holds(all, device);
      if (typeof holds === "string") return holds;
      if (holds) found.push(slot);
    }
    return found;
  }

  #holds(selectors: readonly (readonly [string, string])[], device: CelMap): boolean | string {
    for (const [text, where] of selectors) {
      const expression = this.#parse(text);
      if (typeof expression === "string") return `${where}: CEL compile error: ${expression}`;
      try {
        if (expression(device) !== true) return false;
      } catch (error) {
        if (!(error instanceof CelError)) throw error;
        return `${where}: CEL runtime error: ${error.message}`;
      }
    }
    return true;
  }

  #parse(text: string): CelExpression | string {
    const known = this.#parsed.get(text) ?? celProblem(text) ?? parseCel(text);
    this.#parsed.set(text, known);
    return known;
  }
}

/** Why a selector is none, in one sentence; undefined for one that can be evaluated. */
export function celProblem(text: string): string | undefined {
  try {
    parseCel(text);
    return undefined;
  } catch (error) {
    if (error instanceof CelError) return error.message;
    throw error;
  }
}

interface Choice {
  readonly claim: string;
  readonly request: string;
  readonly count: number;
  readonly free: readonly Slot[];
}

/** Depth first, devices in their order: a choice that leaves a later request short is taken back. */
function assign(choices: readonly Choice[], taken: Set<Slot>): readonly Allocated[] | undefined {
  const [first, ...others] = choices;
  if (!first) return [];
  for (const slots of combinations(first.free.filter((slot) => !taken.has(slot)), first.count)) {
    for (const slot of slots) taken.add(slot);
    const rest = assign(others, taken);
    if (rest) {
      const { claim, request } = first;
      return [...slots.map((slot) => ({ claim, request, slot })), ...rest];
    }
    for (const slot of slots) taken.delete(slot);
    // The last request, or one that nobody after it competes with, would fare no better otherwise.
    if (!others.some(({ free }) => slots.some((slot) => free.includes(slot)))) return undefined;
  }
  return undefined;
}

function* combinations<T>(from: readonly T[], count: number): Generator<readonly T[]> {
  if (count === 0) yield [];
  else {
    for (let i = 0; i <= from.length - count; i++) {
      for (const rest of combinations(from.slice(i + 1), count - 1)) yield [from[i]!, ...rest];
    }
  }
}
