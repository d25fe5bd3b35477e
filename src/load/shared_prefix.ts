// Requests of groups of users: each group's begin with a system prompt of its own, as in inference-perf.

import { z } from "zod";
import type { Stream } from "../sim/streams.ts";
import { boundsOf, Conversation, multiTurnSchema } from "./conversation.ts";
import { lengthSampler, lengthSchema } from "./lengths.ts";
import { type AttemptOutcome, kept, type LoadContext, type SubmitOptions } from "./load.ts";
import { MAX_TOKENS } from "./tokens.ts";

const MAX_USERS = 1_000_000;

export const sharedPrefixSchema = z.strictObject({
  kind: z.literal("sharedPrefix"),
  groups: z.int().min(1).max(MAX_USERS),
  usersPerGroup: z.int().min(1).max(MAX_USERS),
  /** Of the prompt that a group's users share. */
  systemTokens: z.int().min(1).max(MAX_TOKENS),
  questionTokens: lengthSchema,
  outputTokens: lengthSchema,
  multiTurn: multiTurnSchema.optional(),
}).refine(({ groups, usersPerGroup }) => groups * usersPerGroup <= MAX_USERS, {
  message: `more than ${MAX_USERS} users (groups × usersPerGroup)`,
  path: ["usersPerGroup"],
}).refine(
  ({ systemTokens, multiTurn }) =>
    typeof multiTurn !== "object" || systemTokens + 2 <= (multiTurn.maxTokens ?? Infinity),
  {
    message: "maxTokens leaves no room for a question and an answer after systemTokens",
    path: ["multiTurn", "maxTokens"],
  },
);

export type SharedPrefix = z.output<typeof sharedPrefixSchema>;

/** Sends the next request, now or as soon as its user may; `done` hears how it ended. */
export type Send = (done?: (outcome: AttemptOutcome) => void) => void;

interface User {
  readonly question: number;
  readonly output: number;
  readonly options: SubmitOptions;
  /** Absent: the user asks the same question again and again. */
  readonly conversation: Conversation | undefined;
  busy: boolean;
  /** Requests that wait until the one before them has ended, and who wants to hear of them. */
  readonly waiting: (((outcome: AttemptOutcome) => void) | undefined)[];
}

/**
 * Users take turns, in an order that is drawn once. The lengths of a user's question and answer are
 * drawn once too, and without `multiTurn` the question is the same each time: inference-perf makes its
 * prompts beforehand and goes through them again and again (`datagen/shared_prefix_datagen.py`). With
 * `multiTurn` a question follows all that was said, and waits for the answer to the one before it.
 */
export function sharedPrefixSender(requests: SharedPrefix, context: LoadContext): Send {
  const { clock } = context;
  const asked = kept(context, JSON.stringify(requests), () => ({
    users: usersOf(requests, context),
    turn: 0,
    context,
  }));
  asked.context = context;
  const ask = (user: User, done: ((outcome: AttemptOutcome) => void) | undefined): void => {
    const { conversation, question, output, options } = user;
    if (!conversation) {
      const { content, session } = options;
      return asked.context.submit(
        content!.ends[1]!,
        output,
        done ? { content, session, onEnd: done } : options,
      );
    }
    user.busy = true;
    const { prompt, content } = conversation.ask(question, output);
    const onEnd = (outcome: AttemptOutcome) => {
      conversation.ended(outcome);
      user.busy = false;
      done?.(outcome);
      // In an event of its own: this one may be the end of a server with all that it holds.
      if (user.waiting.length > 0) clock.after(0, () => goOn(user));
    };
    asked.context.submit(prompt, output, { content, session: options.session, onEnd });
  };
  const goOn = (user: User) => {
    if (!user.busy && user.waiting.length > 0 && clock.nowUs < asked.context.endUs) {
      ask(user, user.waiting.shift());
    }
  };
  // Those whom the end of the load before kept from it.
  for (const user of asked.users) goOn(user);
  return (done) => {
    const user = asked.users[asked.turn]!;
    asked.turn = (asked.turn + 1) % asked.users.length;
    if (user.busy || user.waiting.length > 0) user.waiting.push(done);
    else ask(user, done);
  };
}

function usersOf(requests: SharedPrefix, context: LoadContext): User[] {
  const { groups, usersPerGroup, systemTokens, multiTurn } = requests;
  const question = lengthSampler(requests.questionTokens, context.stream("prompt"));
  const output = lengthSampler(requests.outputTokens, context.stream("output"));
  const bounds = boundsOf(multiTurn, context.contextTokens);
  const system = context.reserveSegments(groups);
  const count = groups * usersPerGroup;
  const session = context.reserveSessions(count);
  const questions = bounds ? 0 : context.reserveSegments(count);
  const users = Array.from({ length: count }, (_, index): User => {
    const group = system + Math.floor(index / usersPerGroup);
    const tokens = question();
    const opening = { ids: [group], ends: [systemTokens] };
    const conversation = bounds &&
      new Conversation(bounds, () => context.reserveSegments(1), opening);
    const content = conversation ? undefined : {
      ids: [group, questions + index],
      ends: [systemTokens, systemTokens + tokens],
    };
    return {
      question: tokens,
      output: output(),
      options: { content, session: session + index },
      conversation,
      busy: false,
      waiting: [],
    };
  });
  return shuffled(users, context.stream("order"));
}

/** Fisher and Yates: each order is equally likely. */
function shuffled<T>(items: readonly T[], stream: Stream): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = stream.integer(0, last);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
