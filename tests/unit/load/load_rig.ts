// A load on a bench: a clock, seeded streams, and a list of what arrives.
import type {
  Attempt,
  AttemptOutcome,
  LoadContext,
  SharedContent,
} from "../../../src/load/load.ts";
import { loadSchema, startLoad } from "../../../src/load/loads.ts";
import { Clock } from "../../../src/sim/clock.ts";
import { Streams } from "../../../src/sim/streams.ts";

export interface Arrival {
  readonly load: string;
  readonly atUs: number;
  readonly prompt: number;
  readonly output: number;
  /** Only of a request that shares something. */
  readonly content?: SharedContent;
  /** Only of one whose user is known. */
  readonly session?: number;
  readonly attempt?: Attempt;
}

export interface Answer {
  readonly afterUs: number;
  /** Completed when left out. */
  readonly outcome?: AttemptOutcome;
}

export interface BenchOptions {
  readonly seed?: number;
  readonly startUs?: number;
  readonly endUs: number;
  readonly contextTokens?: number;
  /** How each request ends, by its place among all; without it none does. */
  readonly answer?: (index: number) => Answer;
}

export const S = 1_000_000;

/** Everything that these loads send, as a scenario would start them. */
export function arrivalsOf(loads: readonly unknown[], options: BenchOptions): Arrival[] {
  const { seed = 1, startUs = 0, endUs, contextTokens, answer } = options;
  const clock = new Clock();
  const streams = new Streams(seed);
  const arrivals: Arrival[] = [];
  let segments = 0;
  let sessions = 0;
  for (const data of loads) {
    const load = loadSchema.parse(data);
    const context: LoadContext = {
      clock,
      stream: (purpose) => streams.stream(`load/${load.name}/${purpose}`),
      submit: (prompt, output, sent = {}) => {
        const { content, session, attempt, onEnd } = sent;
        arrivals.push({
          load: load.name,
          atUs: clock.nowUs,
          prompt,
          output,
          ...(content ? { content } : {}),
          ...(session === undefined ? {} : { session }),
          ...(attempt ? { attempt } : {}),
        });
        if (onEnd && answer) {
          const { afterUs, outcome = "completed" } = answer(arrivals.length - 1);
          clock.after(afterUs, () => onEnd(outcome));
        }
      },
      reserveSegments: (count) => (segments += count) - count,
      reserveSessions: (count) => (sessions += count) - count,
      startUs,
      endUs,
      contextTokens,
    };
    startLoad(load, context);
  }
  // Longer than any load here, so that what comes too late is seen as well.
  clock.runUntil(endUs + 100_000 * S);
  return arrivals;
}

export interface Complaint {
  readonly path: string;
  readonly message: string;
}

/** What the schema says against a load; nothing when it is right. */
export function complaintsAbout(data: unknown): Complaint[] {
  const parsed = loadSchema.safeParse(data);
  if (parsed.success) return [];
  return parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
}

export function traceLoad(requests: unknown) {
  return { kind: "trace", name: "recorded", to: "m", requests };
}
