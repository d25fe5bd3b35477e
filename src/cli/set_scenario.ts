// What `--set` does to a scenario, whose own code stays with it.

import { definitionsOf, withDefinitions } from "../scenario/own_code.ts";
import { applySettings } from "../scenario/set.ts";
import type { Setting } from "../scenario/setting.ts";
import { CliError } from "./exit.ts";

/** The scenario with the changes made; throws a `CliError` where a path leads nowhere. */
export function withSettings(data: unknown, settings: readonly Setting[] = []): unknown {
  // What is no scenario is told by its plan.
  const isScenario = typeof data === "object" && data !== null && !Array.isArray(data);
  if (settings.length === 0 || !isScenario) return data;
  const result = applySettings(data, settings);
  if ("problem" in result) throw new CliError(result.problem);
  return withDefinitions(result.data, definitionsOf(data));
}
