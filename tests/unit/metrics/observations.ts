// What an engine may tell a window: as data, for fast-check to draw and for a test to add up.
import type { CountedLoad } from "../../../src/metrics/load_window.ts";
import type { WindowAccumulator } from "../../../src/metrics/window.ts";
import fc from "../../fast_check.ts";

export type Observation =
  | { readonly what: "arrived" | "rejected" | "failed" }
  | { readonly what: "queued"; readonly us: number }
  | { readonly what: "firstToken"; readonly us: number; readonly prompt: number }
  | { readonly what: "tokens"; readonly us: number; readonly count: number }
  | { readonly what: "steps"; readonly us: number; readonly count: number }
  | { readonly what: "stepped"; readonly sumUs: number; readonly tokens: number }
  | { readonly what: "prefix"; readonly queried: number; readonly hit: number }
  | {
    readonly what: "completed";
    readonly ttftUs: number;
    readonly tpotUs: number | undefined;
    readonly e2eUs: number;
    readonly tokens: number;
  };

const us = fc.oneof(fc.nat(300), fc.nat(100_000), fc.nat(2 ** 31 - 1));
const positive = fc.integer({ min: 1, max: 200_000 });

export const observation: fc.Arbitrary<Observation> = fc.oneof(
  fc.constantFrom("arrived" as const, "rejected" as const, "failed" as const)
    .map((what) => ({ what })),
  us.map((us) => ({ what: "queued" as const, us })),
  fc.record({ what: fc.constant("firstToken" as const), us, prompt: positive }),
  fc.record({ what: fc.constant("tokens" as const), us, count: positive }),
  fc.record({ what: fc.constant("steps" as const), us, count: positive }),
  fc.record({ what: fc.constant("stepped" as const), sumUs: us, tokens: positive }),
  fc.record({ what: fc.constant("prefix" as const), queried: positive, hit: fc.nat(1) }),
  fc.record({
    what: fc.constant("completed" as const),
    ttftUs: us,
    tpotUs: fc.option(us, { nil: undefined }),
    e2eUs: us,
    tokens: positive,
  }),
);

/** `load`: whose it is; absent: nobody's that is told apart. */
export function tell(window: WindowAccumulator, seen: Observation, load?: CountedLoad): void {
  switch (seen.what) {
    case "queued":
      return window.queued(seen.us, load);
    case "firstToken":
      return window.firstToken(seen.us, seen.prompt, load);
    case "tokens":
      return window.tokens(seen.us, seen.count, load);
    case "steps":
      return window.steps(seen.us, seen.count, load);
    case "stepped":
      return window.stepped(seen.sumUs, seen.tokens, load);
    case "prefix":
      return window.prefix(seen.queried, seen.hit);
    case "completed":
      return window.completed(
        ...[seen.ttftUs, seen.tpotUs, seen.e2eUs, 0, undefined, seen.tokens, load] as const,
      );
    default:
      return window[seen.what](load);
  }
}
