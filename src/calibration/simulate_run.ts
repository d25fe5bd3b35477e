// A measured run served again by one simulated engine; it knows no coefficient and no file.

import { EngineGroup, type ServingEngine } from "../serving/data_parallel.ts";
import { Engine } from "../serving/engine.ts";
import { type EngineLimits, engineWindows } from "../serving/limits.ts";
import { type RequestId, RequestTable, type SharedContent } from "../serving/requests.ts";
import type { StepTime } from "../serving/step_time.ts";
import { Clock } from "../sim/clock.ts";
import type { MeasuredPrefix, MeasuredWorkload } from "./measured_run.ts";

/** What a client saw of one request that completed, in µs. */
export interface RequestSample {
  readonly ttftUs: number;
  readonly e2eUs: number;
  readonly outputTokens: number;
}

export interface SimulatedRun {
  readonly samples: readonly RequestSample[];
  /** From the first request to the end of the last, the warm-up's left out. */
  readonly seconds: number;
}

/** A run lasts no longer than this, whatever its step times: what has not ended by then is left out. */
const MOST_US = 24 * 3600 * 1e6;

/** Serves all requests of a run; samples are of those that completed, the warm-up's left out. */
export function simulateRun(
  workload: MeasuredWorkload,
  stepTime: StepTime,
  limits: EngineLimits,
  ranks = 1,
): SimulatedRun {
  const { requests, concurrency, warmupRequests = 0 } = workload;
  const clock = new Clock();
  const table = new RequestTable();
  const engine = engineOf(clock, table, stepTime, limits, ranks);
  const samples: RequestSample[] = [];
  const places: number[] = [];
  const contentOf = contents();
  let [beginUs, endUs] = [Infinity, 0];
  const submit = (place: number) => {
    const { promptTokens, outputTokens, prefix } = requests[place]!;
    const content = contentOf(prefix);
    const id = table.add(clock.nowUs, promptTokens, outputTokens, 0, undefined, content);
    places[id] = place;
    if (place >= warmupRequests) beginUs = Math.min(beginUs, clock.nowUs);
    engine.submit(id);
  };
  let sent = 0;
  const sendNext = () => {
    if (sent < requests.length) submit(sent++);
  };
  engine.onEnd = (id, end) => {
    const { outputTokens } = table.columns;
    if (end === "completed" && places[id]! >= warmupRequests) {
      const sample = sampleOf(table, id, stepTime);
      samples.push(sample);
      endUs = Math.max(endUs, table.columns.arrivedUs[id]! + sample.e2eUs);
    }
    if (concurrency === undefined) return;
    // The client sends its next request when it has all of the answer, see `RequestHost.#tellClient`.
    const onItsWayUs = end === "completed"
      ? stepTime.tokenUs * outputTokens[id]! + stepTime.completionUs
      : 0;
    clock.after(onItsWayUs, sendNext);
  };
  if (concurrency === undefined) {
    requests.forEach(({ atUs }, place) => clock.at(atUs, () => submit(place)));
  } else {
    for (let i = 0; i < Math.min(concurrency, requests.length); i++) clock.at(0, sendNext);
  }
  clock.runUntil(MOST_US);
  return { samples, seconds: samples.length === 0 ? 0 : (endUs - beginUs) / 1e6 };
}

function engineOf(
  clock: Clock,
  table: RequestTable,
  stepTime: StepTime,
  limits: EngineLimits,
  ranks: number,
): ServingEngine {
  const windows = engineWindows();
  const engines = Array.from(
    { length: ranks },
    () => new Engine(clock, table, stepTime, limits, windows),
  );
  return engines.length === 1 ? engines[0]! : new EngineGroup(engines);
}

/** As the windows and rows of a run have it, see `TokenLedger.completed`. */
function sampleOf(
  { columns }: RequestTable,
  id: RequestId,
  { tokenUs, completionUs }: StepTime,
): RequestSample {
  const outputTokens = columns.generatedTokens[id]!;
  const firstUs = columns.firstTokenUs[id]!;
  const ttftUs = firstUs - columns.arrivedUs[id]! + tokenUs;
  const decodeUs = columns.lastTokenUs[id]! - firstUs + tokenUs * (outputTokens - 1);
  return { ttftUs, e2eUs: ttftUs + decodeUs + completionUs, outputTokens };
}

/** One shared object for all requests that begin alike; a group's prefix has one length. */
function contents(): (prefix?: MeasuredPrefix) => SharedContent | undefined {
  const known = new Map<string, SharedContent>();
  return (prefix) => {
    if (!prefix) return undefined;
    const key = `${prefix.group}/${prefix.tokens}`;
    let content = known.get(key);
    if (!content) known.set(key, content = { ids: [known.size], ends: [prefix.tokens] });
    return content;
  };
}
