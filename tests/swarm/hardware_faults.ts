// Random faults of GPUs and nodes, for the swarm.
import { XIDS } from "../../src/fault/gpu_xid_table.ts";
import type { Data, Random } from "./random.ts";

export interface HardwareAround {
  readonly service: Data;
  readonly of: Data;
  readonly how: Data;
  /** Whether any of the services meant has pods that prefill. */
  readonly prefills: boolean;
  readonly nodes: readonly Data[];
  readonly when: unknown;
  /** How it ends, if it lasts. */
  readonly end: Data;
}

/** One of them that the cluster can have. */
export function hardwareFault(random: Random, around: HardwareAround): Data {
  const { service, of, how, prefills, nodes: groups, when, end } = around;
  const role = prefills && random.coin() ? { role: "prefill" } : {};
  const pods = { kind: "pods", ...service, ...of, ...role, ...how };
  const nodes = { kind: "nodes", ...service, ...of, ...how };
  const gpus = random.pick([pods, nodes]);
  const remediation = random.coin();
  const zones = groups.flatMap(({ zone }) => zone === undefined ? [] : [zone]);
  const xids = Object.keys(XIDS).map(Number);
  const kinds: Data[] = [
    { kind: "gpu-xid", xid: random.pick(xids), remediation, on: pods },
    { kind: "gpu-xid", xid: random.pick(xids), remediation, on: pods },
    {
      kind: "ecc",
      errors: random.pick(["correctable", "uncorrectable"]),
      contained: random.coin(),
      remediation,
      on: pods,
    },
    { kind: "nvlink-down", on: gpus, ...end },
    { kind: "gpu-throttled", by: `${random.between(1, 99)}%`, on: gpus, ...end },
    { kind: "node-loss", on: nodes, ...end },
    { kind: "node-drain", on: nodes, ...end },
    { kind: "node-not-ready", on: nodes, ...end },
    {
      kind: "node-pressure",
      resource: random.pick(["memory", "disk"]),
      evictions: random.between(0, 4),
      on: nodes,
    },
    ...zones.map((zone) => ({ kind: "zone-loss", zone, ...end })),
    ...(groups.some(({ spot }) => spot !== undefined)
      ? [{
        kind: "spot-reclaim",
        on: nodes,
        ...(random.coin() ? { notice: `${random.between(0, 100)}s` } : {}),
        ...(random.coin() ? { replacedAfter: `${random.between(0, 400)}s` } : {}),
      }]
      : []),
  ];
  return { ...random.pick(kinds), when };
}

/** PodDisruptionBudgets of some services. */
export function budgets(random: Random, names: readonly string[]): Data {
  const budget = () =>
    random.pick<Data>([
      { minAvailable: random.between(0, 3) },
      { maxUnavailable: random.between(0, 2) },
      { minAvailable: `${random.between(0, 100)}%` },
    ]);
  return Object.fromEntries(names.filter(() => random.coin()).map((name) => [name, budget()]));
}
