// Endpoints by hand: pods that tell what they are told to, and requests to choose for.
import type { ClientKind, FleetRequest } from "../../../../src/fleet/fleet_request.ts";
import type { PickedPod, PoolMember } from "../../../../src/fleet/picker/endpoints.ts";
import { Endpoints } from "../../../../src/fleet/picker/endpoints.ts";
import type { Candidates, Scorer } from "../../../../src/fleet/picker/ports.ts";
import type { PrefixSource } from "../../../../src/fleet/picker/prefix_source.ts";
import type { ServingEngine } from "../../../../src/serving/data_parallel.ts";
import type { EngineGauges } from "../../../../src/serving/engine_news.ts";

/** What an engine tells a picker. */
export interface Told {
  waiting: number;
  running: number;
  usedBlocks: number;
  kvBlocks: number;
  frozen: boolean;
  /** These counts themselves. */
  readonly gauges: EngineGauges;
  cachedTokens(): number;
}

export interface FakePod extends PickedPod {
  alive: boolean;
  gone: boolean;
  readonly told: Told;
}

export function fakePod(name: string, told: Partial<Told> = {}): FakePod {
  const all: Told = {
    waiting: 0,
    running: 0,
    usedBlocks: 0,
    kvBlocks: 100,
    frozen: false,
    get gauges() {
      return this;
    },
    cachedTokens: () => 0,
    ...told,
  };
  return {
    name,
    image: "vllm:1",
    alive: true,
    gone: false,
    told: all,
    engine: all as unknown as ServingEngine,
  };
}

export function membersOf(pods: readonly FakePod[], labels = {}): PoolMember[] {
  return pods.map((pod) => ({ pod, labels }));
}

/** Endpoints whose metrics are read: slot `i` is pod `i`. */
export function endpointsOf(...told: Partial<Told>[]): Endpoints {
  const endpoints = new Endpoints();
  endpoints.update(membersOf(told.map((each, index) => fakePod(`pod-${index}`, each))), 0);
  endpoints.refresh(0);
  return endpoints;
}

export function request(
  { kind = {}, ...rest }: Partial<FleetRequest> & { kind?: ClientKind } = {},
): FleetRequest {
  return { promptTokens: 100, outputTokens: 10, warmup: false, content: undefined, ...rest, kind };
}

export function candidatesOf({ pool }: Endpoints): Candidates {
  return { slots: pool.slots.slice(), count: pool.count };
}

/** Scores of all endpoints. */
export function scoresOf(scorer: Scorer, endpoints: Endpoints, asked = request()): number[] {
  const scores = new Float64Array(endpoints.pool.count);
  scorer.score(asked, candidatesOf(endpoints), scores);
  return [...scores];
}

/** A source that has found this many blocks of `total`, by slot. */
export function found(total: number, matched: readonly number[], blockTokens = 64): PrefixSource {
  return { total, matched: Int32Array.from(matched), blockTokens, find: () => {} };
}
