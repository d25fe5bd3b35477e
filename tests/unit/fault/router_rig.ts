// A service in front of which there is an endpoint picker or none, asked about documents that many share.
import { Streams } from "../../../src/sim/streams.ts";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { type Run, smallScenario } from "../scenario/small_run.ts";

export interface RoutedOptions {
  /** `spec.router.scheduler`; absent: no picker. */
  readonly scheduler?: unknown;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly replicas?: number;
  readonly args?: readonly string[];
  readonly [field: string]: unknown;
}

/** Room for about 110,000 tokens a pod: not for all documents, but for its part of them. */
const SMALL_CACHE = ["--gpu-memory-utilization=0.4", "--max-model-len=20000"];

/** A scenario of 8 minutes with four pods of one service. */
export function routed(
  { scheduler, annotations = {}, replicas = 4, args = SMALL_CACHE, ...fields }: RoutedOptions,
) {
  const chat = llm("chat", { replicas, args });
  const service = {
    ...chat,
    metadata: { ...chat.metadata, annotations },
    spec: { ...chat.spec, ...(scheduler === undefined ? {} : { router: { scheduler } }) },
  };
  return smallScenario({
    duration: "8m",
    cluster: { nodes: [{ count: 2, gpus: "4xH100-SXM" }] },
    services: [service],
    ...fields,
  });
}

const DOCUMENTS = 30;
const REQUESTS = 480 * 8;

/** Questions about 30 documents of 6,000 tokens after a system prompt that all have, eight a second. */
export function documents(requests = REQUESTS) {
  const stream = new Streams(3).stream("documents");
  const lasts = Array.from({ length: requests }, () => 1 + stream.integer(0, DOCUMENTS - 1));
  return {
    kind: "trace",
    name: "documents",
    to: "chat",
    requests: {
      atUs: lasts.map((_, index) => index * 125_000),
      promptTokens: lasts.map(() => 8548),
      outputTokens: lasts.map(() => 50),
      shared: {
        parents: [-1, ...Array.from({ length: DOCUMENTS }, () => 0)],
        ends: [2048, ...Array.from({ length: DOCUMENTS }, () => 8048)],
        lasts,
      },
    },
  };
}

/** Of the prompt tokens asked for within these seconds, the share that prefix caches had. */
export function hitShare({ of }: Run, from: number, to: number): number {
  let hits = 0, queries = 0;
  for (const { at, pods } of of("window")) {
    if (at <= from * SECOND || at > to * SECOND) continue;
    for (const count of pods.prefixHits ?? []) hits += count;
    for (const count of pods.prefixQueries ?? []) queries += count;
  }
  return hits / queries;
}
