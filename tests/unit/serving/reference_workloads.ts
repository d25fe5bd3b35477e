// Random workloads in which requests get in each other's way, for the engine and its reference alike.
import type { CountedLoad } from "../../../src/metrics/load_window.ts";
import type { StepTime } from "../../../src/serving/step_time.ts";
import fc from "../../fast_check.ts";
import type { ReferenceLimits, ReferenceRequest } from "./reference_task.ts";

export interface Submission {
  readonly atUs: number;
  readonly request: ReferenceRequest;
}

/** Integers of ps and µs: what a step takes for each thing in it. */
export interface Costs {
  readonly stepPs: number;
  readonly requestPs: number;
  readonly adapterPs: number;
  readonly prefillTokenPs: number;
  readonly attentionPs: number;
  readonly windowAttentionPs: number;
  readonly decodeTokenPs: number;
  readonly contextPs: number;
  readonly window: { readonly tokens: number; readonly contextPs: number } | undefined;
  readonly admissionUs: number;
  /** µs, not whole. */
  readonly admissionTokenUs: number;
  readonly completionUs: number;
  readonly tokenUs: number;
}

export interface Workload {
  readonly limits: ReferenceLimits;
  readonly costs: Costs;
  /** Rising in time. */
  readonly submissions: readonly Submission[];
  /** Each request at most once. */
  readonly aborts: readonly { readonly atUs: number; readonly index: number }[];
  readonly breaks: readonly { readonly atUs: number; readonly how: "crash" | "freeze" }[];
  /** Steps take something else from then on; rising in time. */
  readonly retimings?: readonly { readonly atUs: number; readonly costs: Costs }[];
  /** How often windows and gauges are read. */
  readonly periodUs: number;
}

/** Every step takes the same, and nothing else takes any time. */
export function stepsOf(stepPs: number): Costs {
  return {
    stepPs,
    requestPs: 0,
    adapterPs: 0,
    prefillTokenPs: 0,
    attentionPs: 0,
    windowAttentionPs: 0,
    decodeTokenPs: 0,
    contextPs: 0,
    window: undefined,
    admissionUs: 0,
    admissionTokenUs: 0,
    completionUs: 0,
    tokenUs: 0,
  };
}

export function stepTimeOf(costs: Costs): StepTime {
  const { window, contextPs, admissionUs, admissionTokenUs, completionUs, tokenUs } = costs;
  return {
    calibration: "uncalibrated",
    contextPs,
    admissionUs,
    admissionTokenUs,
    completionUs,
    tokenUs,
    ...(window ? { window } : {}),
    fixedPs: (batch) =>
      costs.stepPs + costs.requestPs * batch.requests + costs.adapterPs * (batch.adapters ?? 0) +
      costs.prefillTokenPs * batch.prefillTokens + costs.attentionPs * batch.prefillAttention +
      (window ? costs.windowAttentionPs * (batch.prefillWindowAttention ?? 0) : 0) +
      costs.decodeTokenPs * batch.decodeTokens,
  };
}

/** The value in `percent` of a hundred cases, undefined in the others. */
const sometimes = <T>(percent: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof(
    { weight: 100 - percent, arbitrary: fc.constant(undefined) },
    { weight: percent, arbitrary },
  );

const limits: fc.Arbitrary<ReferenceLimits> = fc.record({
  maxModelLen: fc.integer({ min: 100, max: 420 }),
  spareBlocks: fc.oneof(
    { weight: 4, arbitrary: fc.nat(20) },
    { weight: 1, arbitrary: fc.nat(180) },
  ),
  maxNumSeqs: fc.integer({ min: 1, max: 16 }),
  maxNumBatchedTokens: fc.integer({ min: 16, max: 256 }),
  policy: fc.constantFrom("fcfs" as const, "priority" as const),
  prefixCaching: fc.oneof(
    { weight: 6, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  watermarkBlocks: fc.nat(3),
  asyncScheduling: fc.boolean(),
  maxLoras: sometimes(70, fc.integer({ min: 1, max: 3 })),
  speculative: sometimes(
    30,
    fc.integer({ min: 1, max: 4 }).chain((tokens) =>
      fc.nat(tokens * 1_000_000).map((acceptedPpm) => ({ tokens, acceptedPpm }))
    ),
  ),
}).map(({ spareBlocks, maxLoras, speculative, ...limits }) => {
  const tokens = 1 + (speculative?.tokens ?? 0);
  // What an engine needs to serve at all: the longest request alone, and a token of each of many.
  const longest = Math.ceil((limits.maxModelLen + tokens) / 16) + limits.watermarkBlocks;
  return {
    ...limits,
    kvBlocks: longest + spareBlocks,
    maxNumBatchedTokens: Math.max(limits.maxNumBatchedTokens, limits.maxNumSeqs * tokens),
    ...(maxLoras === undefined ? {} : { maxLoras }),
    ...(speculative ? { speculative } : {}),
  };
});

/** `unitPs` 1e6: whole µs; 1: fractions everywhere. */
function costsOf(unitPs: number, stepPs: readonly [number, number]): fc.Arbitrary<Costs> {
  const upTo = (ps: number) => fc.nat(Math.floor(ps / unitPs)).map((units) => units * unitPs);
  return fc.record({
    stepPs: fc.integer({ min: stepPs[0] / unitPs, max: stepPs[1] / unitPs })
      .map((units) => units * unitPs),
    requestPs: upTo(9e6),
    adapterPs: upTo(9e6),
    prefillTokenPs: upTo(40e6),
    attentionPs: upTo(3e6),
    windowAttentionPs: upTo(3e6),
    decodeTokenPs: upTo(9e6),
    contextPs: upTo(3e6),
    window: sometimes(
      50,
      fc.record({ tokens: fc.integer({ min: 1, max: 128 }), contextPs: upTo(3e6) }),
    ),
    admissionUs: fc.oneof(fc.constant(0), fc.nat(20_000)),
    // Up to longer than a step for a prompt of hundreds of tokens.
    admissionTokenUs: fc.oneof(
      fc.constant(0),
      fc.nat(40_000).map((thousandths) => thousandths / 1000),
    ),
    completionUs: fc.nat(1000),
    tokenUs: fc.nat(50),
  });
}

interface Scale {
  readonly costs: Costs;
  /** How many µs lie between two instants at which something may come from outside. */
  readonly tickUs: number;
  readonly periodUs: number;
}

const scale: fc.Arbitrary<Scale> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      costs: costsOf(1, [500e6, 20e9]),
      tickUs: fc.constant(1),
      periodUs: fc.constantFrom(1_000_000, 100_003),
    }),
  },
  {
    // Everything at whole ms, nothing but the step takes time: arrivals and steps coincide.
    weight: 3,
    arbitrary: fc.record({
      costs: fc.integer({ min: 1, max: 4 }).map((ms): Costs => ({
        ...stepsOf(ms * 1e9),
        admissionUs: 1000 * (ms % 2),
      })),
      tickUs: fc.constant(1000),
      periodUs: fc.constantFrom(1_000_000, 50_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      costs: costsOf(1e6, [1e9, 10e9]),
      tickUs: fc.constant(500),
      periodUs: fc.constant(1_000_000),
    }),
  },
  {
    // Steps of up to half an hour: a span passes 2^52 ps.
    weight: 1,
    arbitrary: fc.record({
      costs: costsOf(1, [2e14, 1.9e15]),
      tickUs: fc.constant(50_000),
      periodUs: fc.constant(20_000_000_000),
    }),
  },
);

interface Segment {
  readonly parent: number;
  readonly tokens: number;
}

/** Any trie: a segment follows on one before it, or begins a prompt. */
const segments: fc.Arbitrary<Segment[]> = fc.array(
  fc.record({ parent: fc.nat(7), tokens: fc.integer({ min: 1, max: 70 }) }),
  { minLength: 1, maxLength: 8, size: "max" },
);

type Content = NonNullable<ReferenceRequest["content"]>;

/** The path to a segment. Ids of two tries never meet; they go up to the highest there is. */
function contentOf(segments: readonly Segment[], last: number, firstId: number): Content {
  const path: number[] = [];
  for (let index = last; index >= 0;) {
    path.unshift(index);
    index = segments[index]!.parent % (index + 1) - 1;
  }
  let end = 0;
  const ends = path.map((index) => end += segments[index]!.tokens);
  return { ids: path.map((index) => firstId + index), ends };
}

const ask = fc.record({
  at: fc.oneof(fc.constantFrom(0, 20_000, 21_000, 150_000), fc.nat(400_000)),
  prompt: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 60 })),
  /**
   * Any length; near the end of the shared content; the whole blocks of the shared content; a turn of
   * a session: up to one of the shared segments, and about the others as an answer.
   */
  length: fc.constantFrom("any", "near", "whole", "turn", "turn"),
  sharesAnswer: fc.boolean(),
  /** Asked a second time, whatever became of the first. */
  again: sometimes(15, fc.oneof(fc.nat(1000), fc.nat(300_000))),
  output: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 40 })),
  segment: sometimes(80, fc.nat(7)),
  priority: fc.integer({ min: -1, max: 2 }),
  adapter: sometimes(50, fc.constantFrom("a", "b", "c", "d")),
  warmup: fc.integer({ min: 0, max: 9 }).map((tenth) => tenth === 9),
});

type Ask = typeof ask extends fc.Arbitrary<infer T> ? T : never;

/** Requests of one load have their priority in common; of the first its counts alone are told apart. */
const LOADS: Readonly<Record<number, CountedLoad>> = {
  [-1]: { name: "first", timed: false },
  1: { name: "second", timed: true },
  2: { name: "third", timed: true },
};

function requestOf(asked: Ask, segments: readonly Segment[], firstId: number): ReferenceRequest {
  const { segment, sharesAnswer, priority, adapter, warmup } = asked;
  const content = segment === undefined
    ? undefined
    : contentOf(segments, segment % segments.length, firstId);
  const { prompt, output } = lengthsOf(asked, content?.ends ?? []);
  const shared = content && endingWithin(content, sharesAnswer ? prompt + output : prompt);
  const load = LOADS[priority];
  return {
    prompt,
    output,
    warmup,
    ...(priority === 0 ? {} : { priority }),
    ...(load === undefined ? {} : { load }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(shared ? { content: shared } : {}),
  };
}

function lengthsOf({ prompt, length, output }: Ask, ends: readonly number[]) {
  const end = ends.at(-1) ?? prompt;
  switch (length) {
    case "any":
      return { prompt, output };
    case "near":
      return { prompt: Math.max(1, end + prompt % 40 - 15), output };
    case "whole":
      return { prompt: Math.max(16, 16 * Math.floor(end / 16)), output };
    case "turn": {
      const asked = ends[prompt % ends.length] ?? prompt;
      return { prompt: asked, output: Math.max(1, end - asked + output % 40 - 15) };
    }
  }
}

/** The segments that end within so many tokens. */
function endingWithin({ ids, ends }: Content, tokens: number): Content | undefined {
  const kept = ends.filter((end) => end <= tokens).length;
  return kept === 0 ? undefined : { ids: ids.slice(0, kept), ends: ends.slice(0, kept) };
}

const drafts = fc.record({
  limits,
  scale,
  segments,
  firstId: fc.constantFrom(0, 2 ** 31 - 8),
  asks: fc.array(ask, { minLength: 1, maxLength: 30, size: "max" }),
  aborts: fc.array(
    fc.record({ index: fc.nat(39), after: fc.oneof(fc.nat(1000), fc.nat(300_000)) }),
    { maxLength: 8, size: "max" },
  ),
  breaks: sometimes(
    15,
    fc.array(
      fc.record({ at: fc.nat(800_000), how: fc.constantFrom("crash" as const, "freeze" as const) }),
      { minLength: 1, maxLength: 3 },
    ),
  ),
});

export const workloads: fc.Arbitrary<Workload> = drafts.map((draft) => {
  const { limits, scale: { costs, tickUs, periodUs }, segments, firstId, asks } = draft;
  // A tick above 1 is a multiple of 500 µs: what is random in µs falls on few instants.
  const onTick = (at: number) => tickUs === 1 ? at : Math.floor(at / 500) * tickUs;
  const submissions = asks
    .flatMap((asked) => {
      const request = requestOf(asked, segments, firstId);
      const later = asked.again === undefined ? [] : [asked.at + asked.again];
      return [asked.at, ...later].map((at) => ({ atUs: onTick(at), request }));
    })
    .filter(({ request }) => limits.maxLoras !== undefined || request.adapter === undefined)
    .toSorted((a, b) => a.atUs - b.atUs);
  const aborts = draft.aborts
    .filter(({ index }, at, all) => all.findIndex((other) => other.index === index) === at)
    .filter(({ index }) => index < submissions.length)
    .map(({ index, after }) => ({ index, atUs: submissions[index]!.atUs + onTick(after) }))
    .toSorted((a, b) => a.atUs - b.atUs);
  return {
    limits,
    costs,
    submissions,
    aborts,
    breaks: (draft.breaks ?? []).map(({ at, how }) => ({ how, atUs: onTick(at) })),
    periodUs,
  };
});
