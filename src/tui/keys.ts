// The keys of the live screen as data: what each does, what the footer and the help say of it.

import type { Hint } from "../view/frame.ts";

/** What a key does; a `sort` names the column. */
export type Action =
  | { readonly kind: "quit" | "interrupt" | "pause" | "step" | "faster" | "slower" | "realtime" }
  | { readonly kind: "sort"; readonly column: string }
  | { readonly kind: "sortNext" | "sortPrevious" | "reverse" }
  | { readonly kind: "scroll"; readonly rows: number }
  | { readonly kind: "page"; readonly pages: number }
  | { readonly kind: "help" | "close" | "redraw" };

/** When a key does something. */
export interface Situation {
  readonly paused: boolean;
  readonly ended: boolean;
  readonly help: boolean;
}

export interface Binding {
  readonly keys: readonly string[];
  readonly action: Action;
  /** For the help; a key that does different things at different times is told once. */
  readonly about?: string;
  /** For the footer; keys without it are told by the help alone. */
  readonly hint?: string;
  /** When the key does something; without it, always. */
  readonly when?: (situation: Situation) => boolean;
}

const moves = ({ ended }: Situation) => !ended;

/** In the order of the footer and the help. */
export const KEYMAP: readonly Binding[] = [
  { keys: ["q", "F10"], action: { kind: "quit" }, about: "quit", hint: "quit" },
  { keys: ["ctrl-c"], action: { kind: "interrupt" }, about: "quit at once, exit code 130" },
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

/** The action of a key, if it has one now. */
export function actionOf(key: string, situation: Situation): Action | undefined {
  return KEYMAP.find(({ keys, when }) => keys.includes(key) && (when?.(situation) ?? true))?.action;
}

/** The keys that do something now, for the footer. Pairs share a place. */
export function hintsOf(situation: Situation): Hint[] {
  const hints = KEYMAP.filter(({ hint, when }) => hint !== undefined && (when?.(situation) ?? true))
    .map(({ keys, hint }) => ({ keys: keys[0]!, about: hint! }));
  if (situation.help) return hints.filter(({ about }) => about === "quit" || about === "back");
  const pairs: readonly Hint[] = [
    { keys: "<>", about: "sort" },
    ...(situation.ended ? [] : [{ keys: "+-", about: "speed" }]),
  ];
  return [...hints.slice(0, -1), ...pairs, ...hints.slice(-1)];
}

/** All keys, a line each. */
export function keyLines(): string[] {
  const rows = KEYMAP.flatMap(({ keys, about }) => about ? [{ keys: keys.join(" "), about }] : []);
  const width = Math.max(...rows.map(({ keys }) => keys.length));
  return rows.map(({ keys, about }) => `  ${keys.padEnd(width)}  ${about}`);
}
