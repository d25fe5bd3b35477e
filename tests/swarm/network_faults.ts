// Random faults of the network, of gateways and of endpoint pickers, for the swarm.
import type { Data, Random } from "./random.ts";

export interface FaultAround {
  readonly service: Data;
  readonly of: Data;
  readonly how: Data;
  /** The spec of the service where one is named, else of all. */
  readonly specs: readonly Data[];
}

/**
 * One of them, without its time. No API server is late here: what must hold at every instant holds only
 * where controllers hear of it at once.
 */
export function networkFault(random: Random, { service, of, how, specs }: FaultAround): Data {
  const has = (field: string) => specs.some((spec) => spec[field] !== undefined);
  const hasPicker = specs.some(({ router }) => (router as Data | undefined)?.["scheduler"]);
  const whom = { ...service, ...of, ...how };
  const role = has("prefill") && random.coin() ? { role: "prefill" } : {};
  const on = { kind: "pods", ...whom, ...role };
  const kinds: Data[] = [
    { kind: "network-delay", on, latency: `${random.between(1, 3000)}ms` },
    { kind: "network-delay", on, latency: "50ms", jitter: "50ms" },
    { kind: "network-loss", on, share: `${random.between(1, 90)}%` },
    { kind: "network-partition", on },
    { kind: "network-partition", on: { kind: "nodes", ...whom } },
    { kind: "network-bandwidth", on, rate: `${random.between(10, 10_000)}kB/s` },
    { kind: "stale-metrics", on },
    { kind: "gateway-errors", share: `${random.between(1, 100)}%`, ...service },
    { kind: "gateway-errors", status: 502 },
    { kind: "gateway-lag", by: `${random.between(1, 90)}s` },
    { kind: "dns-failure", host: "gateway", share: `${random.between(1, 100)}%` },
    { kind: "dns-failure", host: "hub" },
    ...(hasPicker ? [{ kind: "epp-crash", ...service, ...of }] : []),
    ...(has("prefill")
      ? [
        { kind: "kv-link-slow", rate: `${random.between(1, 5000)}MB/s`, ...service, ...of },
        { kind: "kv-link-slow", latency: `${random.between(1, 5000)}ms`, ...service, ...of },
        { kind: "kv-link-down", policy: random.pick(["recompute", "fail"]), ...service, ...of },
      ]
      : []),
    ...(has("scaling")
      ? [
        { kind: "hpa-metric-lag", by: `${random.between(1, 600)}s` },
        { kind: "hpa-metric-lag", gone: true },
      ]
      : []),
  ];
  return random.pick(kinds);
}
