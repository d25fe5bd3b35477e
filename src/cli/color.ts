// Whether a stream gets colours: from the choice, the environment and what the stream is, nothing else.

import type { ColorChoice } from "./settings.ts";

export interface ColorInputs {
  /** `--color`, or what the settings say. */
  readonly choice: ColorChoice;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
}

/**
 * A choice made in mtop wins, as no-color.org asks; then NO_COLOR, when it is not empty; FORCE_COLOR,
 * whose 0 and false forbid as Node reads them; a dumb terminal; and colours are for terminals only.
 */
export function hasColor({ choice, env, isTerminal }: ColorInputs): boolean {
  if (choice !== "auto") return choice === "always";
  const { NO_COLOR, FORCE_COLOR, TERM } = env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return TERM !== "dumb" && isTerminal;
}
