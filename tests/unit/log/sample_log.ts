// A made-up run for the tests and the benchmark of the log: events of the size of a real run's windows,
// and a fold that any lost, doubled or swapped event shows in.
import type { Fold, LogEvent, LogHeader } from "../../../src/log/codec.ts";

export const HEADER: LogHeader = {
  formatVersion: 1,
  mtop: "0.1.0",
  deno: "2.9.6",
  v8: "15.0",
  kind: "simulation",
  seed: 42,
  scenario: { name: "canary", load: [{ rps: 20 }] },
  scenarioHash: "c0ffee",
  inputs: { "gpu/l40s.json": "abc" },
};

export interface WindowEvent extends LogEvent {
  readonly revision: string;
  readonly note: string;
  readonly pods: readonly {
    readonly name: string;
    readonly running: number;
    readonly tokens: number;
  }[];
}

/** The `n`th event; two of them share an instant, `pods` of 20 make it about 1 KB. */
export function windowEvent(n: number, pods = 20): WindowEvent {
  return {
    at: Math.floor(n / 2) * 1_000_000,
    seq: n,
    kind: "window",
    revision: n % 2 === 0 ? "stable" : "canary",
    note: n % 7 === 0 ? "Größe → 1 ✓" : "",
    pods: Array.from({ length: pods }, (_, pod) => ({
      name: `llama-${pod}`,
      running: (n * 31 + pod * 17) % 97,
      tokens: (n * 104_729 + pod) % 5_003,
    })),
  };
}

export function windowEvents(count: number, pods?: number): WindowEvent[] {
  return Array.from({ length: count }, (_, n) => windowEvent(n, pods));
}

export interface SampleState {
  events: number;
  order: number;
  tokens: Record<string, number>;
  recent: number[];
}

export const FOLD: Fold<SampleState> = {
  id: "sample 1",
  initial: () => ({ events: 0, order: 0, tokens: {}, recent: [] }),
  apply(state, event) {
    const window = event as WindowEvent;
    state.events += 1;
    state.order = (state.order * 31 + window.seq) % 1_000_003;
    for (const pod of window.pods) {
      state.tokens[pod.name] = (state.tokens[pod.name] ?? 0) + pod.tokens;
    }
    state.recent = [...state.recent, window.seq].slice(-5);
    return state;
  },
};

export function foldUpTo(events: readonly LogEvent[], atUs: number): SampleState {
  return events.filter((event) => event.at <= atUs).reduce(FOLD.apply, FOLD.initial());
}
