// Random faults of pods, of what they run and of what they are made from, for the swarm.
import type { Data, Random } from "./random.ts";

export interface PodAround {
  readonly service: Data;
  readonly of: Data;
  readonly how: Data;
  /** All that are in the scenario. */
  readonly names: readonly string[];
  readonly when: unknown;
  /** How it ends, if it lasts. */
  readonly end: Data;
}

/** One of them. */
export function podFault(random: Random, { service, of, how, names, when, end }: PodAround): Data {
  const on = { kind: "pods", ...service, ...of, ...how };
  const revision = { service: random.pick(names), ...of };
  const version = { ...revision, ...(random.coin() ? { image: "vllm:2" } : {}) };
  const seconds = (most: number) => `${random.between(1, most)}s`;
  const bandwidth = () => `${random.between(1, 2000)}MB/s`;
  const kinds: Data[] = [
    { kind: "pod-kill", on, ...(random.coin() ? { grace: `${random.between(0, 90)}s` } : {}) },
    { kind: "container-kill", on },
    { kind: "pod-oom", on },
    { kind: "stall", on },
    { kind: "readiness-failing", on, ...end },
    { kind: "crash-loop", on, after: `${random.between(0, 200)}s`, ...end },
    {
      ...{ kind: "slow-start", ...revision, factor: random.between(1, 80) / 10, ...end },
      ...(random.coin() ? { plus: seconds(100) } : {}),
      ...(random.coin() ? { phases: [random.pick(["pulling", "importing", "loading"])] } : {}),
    },
    { kind: "config-error", ...revision, ...end },
    { kind: "failing-revision", ...version, failing: `${random.between(1, 100)}%`, ...end },
    {
      ...{ kind: "slowing-revision", ...version, by: `${random.between(1, 400)}%`, ...end },
      ...(random.coin() ? { over: seconds(600) } : {}),
    },
    { kind: "quota", hard: { "requests.nvidia.com/gpu": random.between(0, 12) }, ...end },
    { kind: "quota", hard: { pods: random.between(0, 6) }, ...end },
    { kind: "bad-image", ...revision, ...end },
    { kind: "bad-image", image: random.pick(["vllm:1", "vllm:2"]), ...end },
    { kind: "pull-throttled", bandwidth: bandwidth(), ...end },
    { kind: "pull-throttled", pulls: random.between(0, 3), per: seconds(300), ...end },
    { kind: "registry-down", ...(random.coin() ? { registry: "docker.io" } : {}), ...end },
    { kind: "hub-throttled", bandwidth: bandwidth(), ...end },
    { kind: "hub-throttled", downloads: random.between(0, 3), per: seconds(300), ...end },
  ];
  return { ...random.pick(kinds), when };
}
