// Random faults of the network, of gateways and of endpoint pickers, for the swarm.
import type { Data, Random } from "./random.ts";

export interface FaultAround {
  readonly service: Data;
  readonly of: Data;
  readonly how: Data;
  /** Of the service, where one is named; else whether any has it. */
  readonly hasPicker: boolean;
}

/** One of them, without its time. */
export function networkFault(random: Random, { service, of, how, hasPicker }: FaultAround): Data {
  const on = { kind: "pods", ...service, ...of, ...how };
  const kinds: Data[] = [
    { kind: "network-delay", on, latency: `${random.between(1, 3000)}ms` },
    { kind: "network-delay", on, latency: "50ms", jitter: "50ms" },
    { kind: "network-loss", on, share: `${random.between(1, 90)}%` },
    { kind: "network-partition", on },
    { kind: "network-partition", on: { ...on, kind: "nodes" } },
    { kind: "network-bandwidth", on, rate: `${random.between(10, 10_000)}kB/s` },
    { kind: "stale-metrics", on },
    { kind: "gateway-errors", share: `${random.between(1, 100)}%`, ...service },
    { kind: "gateway-errors", status: 502 },
    { kind: "gateway-lag", by: `${random.between(1, 90)}s` },
    ...(hasPicker ? [{ kind: "epp-crash", ...service, ...of }] : []),
  ];
  return random.pick(kinds);
}
