// What becomes otherwise while a random scenario runs: pods of a service, its objectives, nodes that join.
import { Streams } from "../../src/sim/streams.ts";
import { type Data, Random } from "./random.ts";

interface Around {
  readonly services: readonly { readonly metadata: { readonly name: string } }[];
  readonly rollouts: readonly Data[];
  readonly slo: Data;
  readonly nodes: readonly Data[];
  readonly durationS: number;
}

/** From a stream of its own: scenarios without are as they were. */
export function otherwise(seed: number, around: Around): { changes: Data[]; nodes: Data[] } {
  const random = new Random(new Streams(seed).stream("swarm/otherwise"));
  const { services, rollouts, slo, nodes, durationS } = around;
  const when = () => `${random.between(0, durationS)}s`;
  const free = services.map(({ metadata }) => metadata.name)
    .filter((name) => rollouts.every(({ service }) => service !== name));
  const pods = random.between(0, 2) === 0 && free.length > 0
    ? random.some(1, 2, () => ({
      kind: "change",
      service: free[0],
      when: when(),
      to: random.pick<Data>([
        { image: "vllm:3" },
        { env: { SOME: "thing" } },
        { spec: { template: { terminationGracePeriodSeconds: 5 } } },
      ]),
    }))
    : [];
  const objectives = "chat" in slo && pods.length === 0 && random.coin()
    ? [{ kind: "change", service: "chat", when: when(), slo: { e2e: { p95: "2s" } } }]
    : [];
  const joining = random.between(0, 3) === 0
    ? [{ ...random.pick(nodes), count: 1, joins: `${random.between(1, durationS)}s` }]
    : [];
  return { changes: [...pods, ...objectives], nodes: joining };
}
