// Random sessions in a memory that hardly holds one of their longest prompts: turns on turns, attempts
// on attempts, and turns that come before the one they follow on is answered.
import fc from "../../fast_check.ts";
import { stepsOf, type Workload } from "./reference_workloads.ts";

const MAX_MODEL_LEN = 140;

interface Asked {
  readonly atUs: number;
  readonly session: number;
  readonly turn: number;
  readonly more: number;
  readonly giveUpUs: number | undefined;
}

const asked: fc.Arbitrary<Asked> = fc.record({
  atUs: fc.nat(300).map((half) => half * 500),
  session: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, {
    weight: 1,
    arbitrary: fc.constant(1),
  }),
  turn: fc.nat(3),
  /** Tokens beyond the last one that others have. */
  more: fc.nat(3),
  giveUpUs: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.nat(100).map((half) => half * 500) },
  ),
});

/** Questions and answers by turns, up to as many tokens as the model takes or nearly so. */
const ends: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 60 }), {
  minLength: 2,
  maxLength: 8,
}).chain((lengths) =>
  fc.nat(40).map((missing) => {
    const sum = lengths.reduce((all, length) => all + length, 0);
    const most = MAX_MODEL_LEN - 1 - missing;
    let end = 0;
    return lengths.map((length) => Math.ceil((end += length) * most / sum));
  })
);

/** The turn's question is the last of the prompt; the answer may be cut short by the model's length. */
function requestOf({ session, turn, more }: Asked, sessions: readonly (readonly number[])[]) {
  const all = sessions[session]!;
  const question = (2 * turn) % (all.length - 1);
  const known = all.slice(0, question + 2);
  const prompt = known[question]!;
  return {
    prompt,
    output: Math.max(1, known[question + 1]! - prompt + more),
    content: { ids: known.map((_, index) => 100 * session + index), ends: known },
  };
}

export const sessionWorkloads: fc.Arbitrary<Workload> = fc.record({
  sessions: fc.tuple(ends, ends),
  asks: fc.array(asked, { minLength: 2, maxLength: 10, size: "max" }),
  spareBlocks: fc.nat(4),
  watermarkBlocks: fc.nat(2),
  maxNumSeqs: fc.integer({ min: 2, max: 6 }),
  tokensAStep: fc.oneof(fc.integer({ min: 6, max: 9 }), fc.integer({ min: 16, max: 120 })),
  asyncScheduling: fc.boolean(),
  acceptedPpm: fc.oneof(fc.constant(undefined), fc.nat(1_000_000)),
  periodUs: fc.constantFrom(500, 10_000, 50_000),
}).map((draft) => {
  const { sessions, spareBlocks, watermarkBlocks, maxNumSeqs, tokensAStep, acceptedPpm } = draft;
  const asks = draft.asks.toSorted((a, b) => a.atUs - b.atUs);
  return {
    limits: {
      kvBlocks: Math.ceil((MAX_MODEL_LEN + 1) / 16) + watermarkBlocks + spareBlocks,
      maxNumSeqs,
      maxNumBatchedTokens: Math.max(tokensAStep, 2 * maxNumSeqs),
      maxModelLen: MAX_MODEL_LEN,
      watermarkBlocks,
      asyncScheduling: draft.asyncScheduling,
      ...(acceptedPpm === undefined ? {} : { speculative: { tokens: 1, acceptedPpm } }),
    },
    costs: stepsOf(1e9),
    submissions: asks.map((asked) => ({
      atUs: asked.atUs,
      request: requestOf(asked, sessions),
    })),
    aborts: asks.flatMap(({ atUs, giveUpUs }, index) =>
      giveUpUs === undefined ? [] : [{ index, atUs: atUs + giveUpUs }]
    ).toSorted((a, b) => a.atUs - b.atUs),
    breaks: [],
    periodUs: draft.periodUs,
  };
});
