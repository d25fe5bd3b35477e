// What is odd about loads but can run: prompts that no server takes, bounds and times that are never met.

import type { ServicePlan } from "../fleet/fleet_plan.ts";
import { shortestOf } from "../load/lengths.ts";
import type { Load } from "../load/loads.ts";
import { targetText } from "../load/target.ts";
import type { Problem } from "./problem.ts";
import type { ParsedScenario } from "./schema.ts";
import { plansMeantBy, shortestContext } from "./targets.ts";

export function loadWarnings(
  { load, duration }: ParsedScenario,
  services: readonly ServicePlan[],
): Problem[] {
  return load.flatMap((each, index) => {
    const context = shortestContext(plansMeantBy(each.to, services));
    const found = [
      ...(context === undefined ? [] : beyondContext(each, context)),
      ...never(each, duration),
    ];
    return found.map(({ path, message }) => ({ path: `load[${index}].${path}`, message }));
  });
}

function beyondContext(load: Load, context: number): Problem[] {
  const { prompt, bound } = sizesOf(load);
  const problems: Problem[] = [];
  if (prompt && prompt.tokens >= context) {
    const message = `Each of these is refused (400): prompts of ${prompt.tokens} tokens and more ` +
      `leave no room for an answer in the ${context} of "${targetText(load.to)}"`;
    problems.push({ path: prompt.path, message });
  }
  if (bound && bound.tokens > context) {
    const message = `Conversations begin anew earlier: the context of "${
      targetText(load.to)
    }" is ${context}`;
    problems.push({ path: bound.path, message });
  }
  return problems;
}

interface Size {
  readonly path: string;
  readonly tokens: number;
}

/** The shortest of a load's prompts, and the bound that it sets its conversations. */
function sizesOf(load: Load): { prompt?: Size | undefined; bound?: Size | undefined } {
  if (load.kind === "trace" || load.kind === "own") return {};
  const { prompt, requests } = load;
  if (requests) {
    const tokens = requests.systemTokens + shortestOf(requests.questionTokens);
    return {
      prompt: { path: "requests", tokens },
      bound: boundOf(requests.multiTurn, "requests.multiTurn.maxTokens"),
    };
  }
  return {
    prompt: prompt && { path: "prompt", tokens: shortestOf(prompt) },
    bound: load.kind === "users" ? boundOf(load.multiTurn, "multiTurn.maxTokens") : undefined,
  };
}

function boundOf(
  multiTurn: boolean | { readonly maxTokens?: number | undefined } | undefined,
  path: string,
): Size | undefined {
  const tokens = typeof multiTurn === "object" ? multiTurn.maxTokens : undefined;
  return tokens === undefined ? undefined : { path, tokens };
}

function never(load: Load, duration: number): Problem[] {
  const { start = 0, end = duration } = load;
  const message = "This never happens: ";
  if (start >= duration) return [{ path: "start", message: `${message}the run ends first` }];
  if (start >= end) return [{ path: "end", message: `${message}the load ends before it starts` }];
  if (load.kind !== "spike" || load.at < Math.min(end, duration)) return [];
  return [{
    path: "at",
    message: `${message}the ${load.at < duration ? "load" : "run"} ends first`,
  }];
}
