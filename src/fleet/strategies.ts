// What is known of each way to roll out, beside what it does: its name in text, and the revision that it makes.

import type { Strategy } from "./events.ts";
import { CANARY, PREVIEW, SHADOW } from "./revision_names.ts";

/** Strategies as they are called in text. */
export const STRATEGY_WORDS: Readonly<Record<Strategy, string>> = {
  canary: "canary",
  blueGreen: "blue-green",
  rolling: "rolling",
  shadow: "shadow",
};

/** The revision beside stable; undefined of an update in place, which makes none. */
export const REVISION_OF: Readonly<Record<Strategy, string | undefined>> = {
  canary: CANARY,
  blueGreen: PREVIEW,
  shadow: SHADOW,
  rolling: undefined,
};
