// What a style is on a terminal. Colour never says anything alone: states are words, levels have marks.

import type { Level } from "./thresholds.ts";

export type Style = "plain" | "bold" | "dim" | "reverse" | "ok" | "warn" | "critical";

/** The SGR codes that begin each style; empty where it has none. */
export type Theme = Readonly<Record<Style, string>>;

/** Colours of the terminal's own palette; the background is never painted. */
export const COLOR: Theme = {
  plain: "",
  bold: "\x1b[1m",
  dim: "\x1b[2m",
  reverse: "\x1b[7m",
  ok: "\x1b[32m",
  warn: "\x1b[1;33m",
  critical: "\x1b[1;31m",
};

/** For NO_COLOR: weight and reverse video, as htop's monochrome scheme has them. */
export const MONO: Theme = { ...COLOR, ok: "", warn: "\x1b[1m", critical: "\x1b[1m" };

/** For pipes and dumb terminals: no escape codes at all. */
export const PLAIN: Theme = {
  plain: "",
  bold: "",
  dim: "",
  reverse: "",
  ok: "",
  warn: "",
  critical: "",
};

const RESET = "\x1b[0m";

export function paint(theme: Theme, style: Style, text: string): string {
  return theme[style] === "" || text === "" ? text : `${theme[style]}${text}${RESET}`;
}

/** Behind a figure, so that a level is read without colour too. */
export const LEVEL_MARKS: Readonly<Record<Level, string>> = {
  none: "",
  ok: "",
  warn: "!",
  critical: "!!",
};

export function levelStyle(level: Level): Style {
  return level === "none" || level === "ok" ? "plain" : level;
}
