// Single requests as rows of the log: what is told of one when it ends. Knows no engine and no pod's life.

import { REQUEST_CLASS } from "../serving/requests.ts";
import type { Fact, FailureReason, RequestOutcome } from "./events.ts";
import type { RejectionReason } from "./picker/rejections.ts";
import type { GatewayReason } from "./route_rejections.ts";

/** What a row needs of the columns of a request table; a request is an index into them. */
export interface RequestColumns {
  readonly arrivedUs: ArrayLike<number>;
  readonly lateUs: ArrayLike<number>;
  /** When the engine's scheduler saw it; not read of one that was rejected. */
  readonly visibleUs: ArrayLike<number>;
  /** Of its first admission; before `visibleUs` as long as there was none. */
  readonly scheduledUs: ArrayLike<number>;
  /** Not read before the first token. */
  readonly firstTokenUs: ArrayLike<number>;
  readonly lastTokenUs: ArrayLike<number>;
  readonly promptTokens: ArrayLike<number>;
  readonly generatedTokens: ArrayLike<number>;
  readonly cachedTokens: ArrayLike<number>;
  readonly preemptions: ArrayLike<number>;
  readonly counted: ArrayLike<number>;
}

export interface RequestPlace {
  readonly service: string;
  readonly revision: string;
  /** Undefined: no endpoint took it. */
  readonly pod: string | undefined;
}

/** Who sent it, as far as the load says. */
export interface RequestOrigin {
  /** The load's name. */
  readonly load?: string;
  readonly priority?: number;
  readonly adapter?: string;
  /** Which attempt of its client's it was; absent: the only one. */
  readonly attempt?: number | undefined;
  /** Which of its gateway's tries it was; absent: the first. */
  readonly gatewayTry?: number | undefined;
  /** A copy whose answer nobody reads. */
  readonly mirrored?: true;
}

/** How it ended; of one that failed or was turned away, why. */
export interface RequestFate {
  readonly outcome: RequestOutcome;
  readonly reason?: FailureReason | RejectionReason | GatewayReason;
  /** The HTTP status of a gateway's or an endpoint picker's own answer. */
  readonly status?: number;
  /** Its gateway tries once more: for its client it goes on. */
  readonly again?: true;
}

/** Of one that no engine had: no endpoint took it, it gave up waiting for one, or that one is dead. */
export interface RefusedFate extends RequestFate {
  readonly outcome: "failed" | "rejected";
}

/** What comes on top of the engine's own time before the client sees a token, and the end of all. */
export interface ClientOverheads {
  readonly tokenUs: number;
  readonly completionUs: number;
}

/** The row of a request that an engine had, as long as its columns stand. */
export function requestRow(
  columns: RequestColumns,
  id: number,
  fate: RequestFate,
  place: RequestPlace,
  origin: RequestOrigin,
  { tokenUs, completionUs }: ClientOverheads,
): Fact<"request"> {
  const { outcome } = fate;
  const outputTokens = columns.generatedTokens[id]!;
  const visibleUs = columns.visibleUs[id]!;
  const scheduledUs = columns.scheduledUs[id]!;
  const wasScheduled = outcome !== "rejected" && scheduledUs >= visibleUs;
  const firstTokenUs = columns.firstTokenUs[id]!;
  const ttftUs = firstTokenUs - columns.arrivedUs[id]! + tokenUs + columns.lateUs[id]!;
  // As the histograms have it: each token takes its time on the way, one after the other.
  const restUs = columns.lastTokenUs[id]! - firstTokenUs + tokenUs * (outputTokens - 1);
  return {
    kind: "request",
    ...placeOf(place),
    ...originOf(origin),
    ...fateOf(fate),
    arrivedUs: columns.arrivedUs[id]!,
    ...(wasScheduled ? { queueUs: scheduledUs - visibleUs } : {}),
    ...(outputTokens > 0 ? { ttftUs } : {}),
    ...(outcome === "completed" ? { e2eUs: ttftUs + restUs + completionUs } : {}),
    promptTokens: columns.promptTokens[id]!,
    cachedTokens: wasScheduled ? columns.cachedTokens[id]! : 0,
    outputTokens,
    preemptions: columns.preemptions[id]!,
    ...(columns.counted[id] === REQUEST_CLASS.warmup ? { warmup: true } : {}),
  };
}

/** The row of an answer that was whole and waited, once that is over: delivered so late, or lost. */
export function heldRow(
  row: Fact<"request">,
  fate: RequestFate,
  late: { readonly ttftUs: number; readonly e2eUs: number },
): Fact<"request"> {
  if (fate.outcome !== "completed") {
    const { e2eUs: _, ...rest } = row;
    return { ...rest, ...fateOf(fate) };
  }
  return { ...row, ttftUs: row.ttftUs! + late.ttftUs, e2eUs: row.e2eUs! + late.e2eUs };
}

/** The row of a request that never came to an engine. */
export function refusedRow(
  fate: RefusedFate,
  place: RequestPlace,
  origin: RequestOrigin,
  arrivedUs: number,
  promptTokens: number,
  warmup: boolean,
): Fact<"request"> {
  return {
    kind: "request",
    ...placeOf(place),
    ...originOf(origin),
    ...fateOf(fate),
    arrivedUs,
    promptTokens,
    cachedTokens: 0,
    outputTokens: 0,
    preemptions: 0,
    ...(warmup ? { warmup: true } : {}),
  };
}

function placeOf({ service, revision, pod }: RequestPlace) {
  return pod === undefined ? { service, revision } : { service, revision, pod };
}

/** These fields alone: the load's own object has more. */
function originOf(
  { load, priority, adapter, attempt = 1, gatewayTry = 1, mirrored }: RequestOrigin,
) {
  return {
    ...(load === undefined ? {} : { load }),
    ...(priority === undefined ? {} : { priority }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(attempt === 1 ? {} : { attempt }),
    ...(gatewayTry === 1 ? {} : { gatewayTry }),
    ...(mirrored ? { mirrored } : {}),
  };
}

function fateOf({ outcome, reason, status, again }: RequestFate): RequestFate {
  return {
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(status === undefined ? {} : { status }),
    ...(again ? { again } : {}),
  };
}
