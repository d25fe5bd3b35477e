// Problems of a scenario as lines: where, what, and what to do.

import type { Problem } from "../scenario/problem.ts";

/** One line a problem: `canary.ts: rollouts[0].steps[2].weight: Cannot set weight …`. */
export function problemsText(name: string, problems: readonly Problem[]): string {
  return problems.map(({ path, message }) =>
    `${name}: ${path === "" ? "" : `${path}: `}${message}\n`
  ).join("");
}
