// The keys of the live screen as data: what each does, what the footer and the help say of it.

import type { Hint } from "../view/frame.ts";
import type { Act } from "../view/rollout_rows.ts";

/** What a key does; a `sort` names the column. */
export type Action =
  | { readonly kind: "quit" | "interrupt" | "pause" | "step" | "faster" | "slower" | "realtime" }
  | { readonly kind: "sort"; readonly column: string }
  | { readonly kind: "sortNext" | "sortPrevious" | "reverse" }
  | { readonly kind: "scroll"; readonly rows: number }
  | { readonly kind: "page"; readonly pages: number }
  | { readonly kind: "help" | "close" | "redraw" }
  /** About the rollout that is marked; one that `asks` is done when it was answered with yes. */
  | { readonly kind: "act"; readonly act: Act; readonly asks?: true }
  | { readonly kind: "nextRollout" }
  | { readonly kind: "answer"; readonly yes: boolean }
  /** Asks which fault is to begin; a `choice` is its place among those that are asked about. */
  | { readonly kind: "fault" }
  | { readonly kind: "choice"; readonly place: number };

/** When a key does something. */
export interface Situation {
  readonly paused: boolean;
  readonly ended: boolean;
  readonly help: boolean;
  /** Rollouts that have begun. */
  readonly rollouts: number;
  /** What can be done about the marked one now. */
  readonly acts: readonly Act[];
  /** Faults that can begin now. */
  readonly faults: number;
  /** A question is to be answered before anything else: by yes or no, or by one of these. */
  readonly asking: "yesOrNo" | readonly string[] | undefined;
}

export interface Binding {
  readonly keys: readonly string[];
  readonly action: Action;
  /** For the help; a key that does different things at different times is told once. */
  readonly about?: string;
  /** For the footer; keys without it are told by the help alone. */
  readonly hint?: string;
  /** When the footer tells it, of the times when the key does something; without it, always. */
  readonly hinted?: (situation: Situation) => boolean;
  /** When the key does something; without it, always. */
  readonly when?: (situation: Situation) => boolean;
  /** A key that answers does nothing else, and while a question stands no other key does anything. */
  readonly answers?: "only" | "too";
}

/** As many as there are digits. */
export const MOST_CHOICES = 9;

const moves = ({ ended }: Situation) => !ended;

/** In the order of the footer and the help. */
export const KEYMAP: readonly Binding[] = [
  { keys: ["q", "F10"], action: { kind: "quit" }, about: "quit", hint: "quit" },
  {
    keys: ["ctrl-c"],
    action: { kind: "interrupt" },
    about: "quit at once, exit code 130",
    answers: "too",
  },
  {
    keys: ["esc"],
    action: { kind: "close" },
    about: "back to the table",
    hint: "back",
    when: ({ help }) => help,
  },
  {
    keys: ["space", "z"],
    action: { kind: "pause" },
    about: "pause, and go on",
    hint: "go on",
    when: ({ paused, ended }) => paused && !ended,
  },
  {
    keys: ["space", "z"],
    action: { kind: "pause" },
    hint: "pause",
    when: ({ paused, ended }) => !paused && !ended,
  },
  {
    keys: ["."],
    action: { kind: "step" },
    about: "one second on, while paused",
    hint: "+1s",
    when: ({ paused, ended }) => paused && !ended,
  },
  ...acts(),
  { keys: ["<"], action: { kind: "sortPrevious" }, about: "sort by the column to the left" },
  { keys: [">"], action: { kind: "sortNext" }, about: "sort by the column to the right" },
  { keys: ["I", "r"], action: { kind: "reverse" }, about: "reverse the order", hint: "reverse" },
  ...sorts(),
  { keys: ["+"], action: { kind: "faster" }, about: "faster", when: moves },
  { keys: ["-"], action: { kind: "slower" }, about: "slower", when: moves },
  { keys: ["="], action: { kind: "realtime" }, about: "as fast as the clock, 1x", when: moves },
  { keys: ["?", "h", "F1"], action: { kind: "help" }, about: "this help", hint: "help" },
  {
    keys: ["down", "j"],
    action: { kind: "scroll", rows: 1 },
    hint: "down",
    when: ({ help }) => help,
  },
  {
    keys: ["down", "j"],
    action: { kind: "scroll", rows: 1 },
    about: "one row down",
    when: ({ help }) => !help,
  },
  { keys: ["up", "k"], action: { kind: "scroll", rows: -1 }, about: "one row up" },
  { keys: ["pgdn"], action: { kind: "page", pages: 1 }, about: "one page down" },
  { keys: ["pgup"], action: { kind: "page", pages: -1 }, about: "one page up" },
  { keys: ["home", "g"], action: { kind: "scroll", rows: -Infinity }, about: "to the first row" },
  { keys: ["end", "G"], action: { kind: "scroll", rows: Infinity }, about: "to the last row" },
  { keys: ["ctrl-l"], action: { kind: "redraw" }, about: "draw the screen anew" },
];

/** About the marked rollout. Where one is not possible now its key says why; the footer tells what is. */
function acts(): Binding[] {
  const can = (act: Act) => ({ acts }: Situation) => acts.includes(act);
  const table = ({ help }: Situation) => !help;
  const about = (act: Act, asks?: true): Action => ({ kind: "act", act, ...(asks && { asks }) });
  return [
    {
      keys: ["p"],
      action: about("promote"),
      about: "promote the rollout: it goes on, from a pause or to its next step",
      hint: "promote",
      // Of a held one `resume` is the word.
      hinted: (situation) => can("promote")(situation) && !can("resume")(situation),
      when: table,
    },
    {
      keys: ["H"],
      action: about("resume"),
      hint: "resume",
      when: (situation) => table(situation) && can("resume")(situation),
    },
    {
      keys: ["H"],
      action: about("pauseRollout"),
      about: "hold the rollout before its next step, and resume it",
      when: (situation) => table(situation) && !can("resume")(situation),
    },
    {
      keys: ["P"],
      action: about("promoteFull", true),
      about: "promote it in full, past all steps and analyses; asks first",
      hint: "full",
      hinted: can("promoteFull"),
      when: table,
    },
    {
      keys: ["a"],
      action: about("abort", true),
      about: "abort it: all traffic back to stable; asks first",
      hint: "abort",
      hinted: can("abort"),
      when: table,
    },
    {
      keys: ["b"],
      action: about("retry"),
      about: "begin again a rollout that was aborted",
      hint: "retry",
      hinted: can("retry"),
      when: table,
    },
    {
      keys: ["u"],
      action: about("undo", true),
      about: "undo it: the spec of before; asks first",
      hint: "undo",
      hinted: (situation) => can("undo")(situation) && !can("abort")(situation),
      when: table,
    },
    {
      keys: ["tab"],
      action: { kind: "nextRollout" },
      about: "mark the next rollout",
      hint: "next",
      when: ({ help, rollouts }) => !help && rollouts > 1,
    },
    {
      keys: ["F"],
      action: { kind: "fault" },
      about: "begin a fault of the scenario now instead of at its time; asks which",
      hint: "fault",
      hinted: ({ faults }) => faults > 0,
      when: table,
    },
    {
      keys: ["y", "Y"],
      action: { kind: "answer", yes: true },
      about: "yes, to a question",
      hint: "yes",
      when: ({ asking }) => asking === "yesOrNo",
      answers: "only",
    },
    ...Array.from({ length: MOST_CHOICES }, (_, place): Binding => ({
      keys: [String(place + 1)],
      action: { kind: "choice", place },
      ...(place === 0 ? { about: "the first of what is asked about, and so on to 9" } : {}),
      when: ({ asking = [] }) => asking.length > place && asking !== "yesOrNo",
      answers: "only",
    })),
    {
      keys: ["n", "N", "enter", "esc", "q"],
      action: { kind: "answer", yes: false },
      about: "no, to a question",
      hint: "no",
      answers: "only",
    },
  ];
}

function sorts(): Binding[] {
  const columns = [
    ["N", "name", "NAME"],
    ["S", "state", "STATE, the worst first"],
    ["T", "ttft", "TTFTp95"],
    ["R", "rps", "RPS"],
    ["K", "kv", "KV%"],
    ["E", "err", "ERR%"],
    ["W", "wait", "WAIT"],
  ] as const;
  return columns.map(([key, column, head]) => ({
    keys: [key],
    action: { kind: "sort", column },
    about: `sort by ${head}`,
  }));
}

/** Whether its keys do something now. */
export function isOn({ when, answers }: Binding, situation: Situation): boolean {
  if (situation.asking === undefined ? answers === "only" : answers === undefined) return false;
  return when?.(situation) ?? true;
}

/** The action of a key, if it has one now. */
export function actionOf(key: string, situation: Situation): Action | undefined {
  return KEYMAP.find((binding) => binding.keys.includes(key) && isOn(binding, situation))?.action;
}

/** A footer of more is read by nobody. */
const MOST_HINTS = 8;
/** What goes first where there are more, by their keys: the help has them. */
const DISPENSABLE = ["I", "<>", "+-", "P"];

/** The keys that do something now, for the footer. Pairs share a place. */
export function hintsOf(situation: Situation): Hint[] {
  const hints = KEYMAP
    .filter((binding) => binding.hint !== undefined && isOn(binding, situation))
    .filter(({ hinted }) => hinted?.(situation) ?? true)
    .map(({ keys, hint }) => ({ keys: keys[0]!, about: hint! }));
  const { asking } = situation;
  if (asking === "yesOrNo") return hints;
  if (asking) {
    const choices = asking.slice(0, MOST_CHOICES);
    return [...choices.map((about, place) => ({ keys: String(place + 1), about })), ...hints];
  }
  if (situation.help) return hints.filter(({ about }) => about === "quit" || about === "back");
  const pairs: readonly Hint[] = [
    { keys: "<>", about: "sort" },
    ...(situation.ended ? [] : [{ keys: "+-", about: "speed" }]),
  ];
  const all = [...hints.slice(0, -1), ...pairs, ...hints.slice(-1)];
  const gone = DISPENSABLE.filter((key) => all.some(({ keys }) => keys === key))
    .slice(0, Math.max(0, all.length - MOST_HINTS));
  return all.filter(({ keys }) => !gone.includes(keys));
}

/** All keys and what they do, for the help and the README. */
export function keyRows(): { readonly keys: string; readonly about: string }[] {
  return KEYMAP.flatMap(({ keys, about }) => about ? [{ keys: keys.join(" "), about }] : []);
}

/** All keys, a line each. */
export function keyLines(): string[] {
  const rows = keyRows();
  const width = Math.max(...rows.map(({ keys }) => keys.length));
  return rows.map(({ keys, about }) => `  ${keys.padEnd(width)}  ${about}`);
}
