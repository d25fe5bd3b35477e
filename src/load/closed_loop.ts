// The closed loop: users who each send the next request when they have the answer to the last.

import { randomExponential } from "d3-random";
import { z } from "zod";
import { durationSchema } from "../sim/duration_schema.ts";
import { askedFields, checkAsked, senderOf } from "./asked.ts";
import { boundsOf, Conversation, multiTurnSchema } from "./conversation.ts";
import { lengthSampler } from "./lengths.ts";
import { type AttemptOutcome, kept, type LoadContext, loadFields } from "./load.ts";
import { FIRST_BACKOFF_US } from "./retries.ts";
import type { Send } from "./shared_prefix.ts";

const MAX_USERS = 1_000_000;

export const usersSchema = checkAsked(
  z.strictObject({
    kind: z.literal("users"),
    ...loadFields,
    ...askedFields,
    /** How many there are: never more requests than these are open. */
    users: z.int().min(1).max(MAX_USERS),
    /** From the end of a request to the next one: always so long, or exponential of such a mean. */
    think: z.union([durationSchema, z.strictObject({ mean: durationSchema })]).default(0),
    /** The users come evenly over so long; default: all at once. */
    rampUp: durationSchema.default(0),
    /** A prompt is a question that follows all that its user said and was told. */
    multiTurn: multiTurnSchema.optional(),
  }).refine(({ requests, multiTurn }) => requests === undefined || multiTurn === undefined, {
    message: "say multiTurn in requests",
    path: ["multiTurn"],
  }),
);

export type Users = z.output<typeof usersSchema>;

/** How users behave at present: another load may continue theirs. */
interface Behaviour {
  readonly users: number;
  readonly endUs: number;
  readonly think: () => number;
  readonly sends: (user: number) => Send;
}

interface Loop {
  now: Behaviour;
  /** Users who came and did not go, by number. */
  readonly here: Map<number, Send>;
  /** Those who would send next after the end of the load, and when. */
  readonly late: { readonly user: number; readonly atUs: number }[];
}

export function startUsers(load: Users, context: LoadContext): void {
  const { clock, startUs, endUs } = context;
  const now = {
    users: load.users,
    endUs,
    think: thinkTimes(load.think, context),
    sends: sendersOf(load, context),
  };
  const loop = kept<Loop>(context, "loop", () => ({ now, here: new Map(), late: [] }));
  loop.now = now;
  const visit = (user: number, atUs: number) => {
    if (user >= loop.now.users) loop.here.delete(user);
    else if (atUs < loop.now.endUs) clock.at(atUs, () => send(user));
    else loop.late.push({ user, atUs });
  };
  const send = (user: number) =>
    loop.here.get(user)!((outcome) => {
      visit(user, clock.nowUs + pauseUs(outcome, loop.now.think()));
    });
  for (const user of loop.here.keys()) {
    if (user < load.users) loop.here.set(user, now.sends(user));
  }
  for (let user = 0; user < load.users; user++) {
    if (loop.here.has(user)) continue;
    loop.here.set(user, now.sends(user));
    visit(user, startUs + Math.floor(user * load.rampUp / load.users));
  }
  for (const { user, atUs } of loop.late.splice(0)) visit(user, Math.max(atUs, startUs));
}

/**
 * Who was turned away waits at least as long as OpenAI's client before it tries again: a service that
 * takes nobody answers at once, and would be asked for ever at one instant.
 */
function pauseUs(outcome: AttemptOutcome, thinkUs: number): number {
  const answered = outcome === "completed" || outcome === "timeout";
  return answered ? thinkUs : Math.max(thinkUs, FIRST_BACKOFF_US);
}

function thinkTimes(think: Users["think"], context: LoadContext): () => number {
  if (typeof think === "number") return () => think;
  const stream = context.stream("think");
  // d3's rate of 1/0 draws NaN.
  if (think.mean === 0) return () => 0;
  const draw = randomExponential.source(() => stream.uniform())(1 / think.mean);
  return () => Math.round(draw());
}

/** By user, how the user sends. */
function sendersOf(load: Users, context: LoadContext): (user: number) => Send {
  if (load.requests) {
    const send = senderOf(load, context);
    return () => send;
  }
  const question = lengthSampler(load.prompt!, context.stream("prompt"));
  const output = lengthSampler(load.output!, context.stream("output"));
  const sessions = sessionsOf(load.users, context);
  const bounds = boundsOf(load.multiTurn, context.contextTokens);
  const conversations = kept(
    context,
    `conversations ${JSON.stringify(bounds)}`,
    () => new Map<number, Conversation>(),
  );
  return (user) => {
    const session = sessions[user]!;
    if (!bounds) return (done) => context.submit(question(), output(), { session, onEnd: done });
    const conversation = conversations.get(user) ??
      new Conversation(bounds, () => context.reserveSegments(1));
    conversations.set(user, conversation);
    return (done) => {
      const answer = output();
      const { prompt, content } = conversation.ask(question(), answer);
      const onEnd = (outcome: AttemptOutcome) => {
        conversation.ended(outcome);
        done?.(outcome);
      };
      context.submit(prompt, answer, { content, session, onEnd });
    };
  };
}

/** By user; those who were there before have theirs. */
function sessionsOf(users: number, context: LoadContext): readonly number[] {
  const sessions = kept<number[]>(context, "sessions", () => []);
  const more = Math.max(0, users - sessions.length);
  const first = more > 0 ? context.reserveSessions(more) : 0;
  for (let count = 0; count < more; count++) sessions.push(first + count);
  return sessions;
}
