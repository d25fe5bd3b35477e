// What is wrong with a rollout by itself: shares beyond the whole, analyses that never end, acts in vain.

import { STRATEGY_WORDS } from "../fleet/strategies.ts";
import { endsOfItself } from "../rollout/analysis.ts";
import { analysesOf, type Rollout } from "../rollout/rollouts.ts";
import type { Problem } from "./problem.ts";

/** All of it; `path` is where the rollout stands. */
export function rolloutProblems(rollout: Rollout, path: string): Problem[] {
  return [
    ...endlessAnalyses(rollout, path),
    ...noReplicas(rollout, path),
    ...(rollout.kind === "canary" ? stepProblems(rollout, path) : []),
  ];
}

function endlessAnalyses(rollout: Rollout, path: string): Problem[] {
  return analysesOf(rollout).flatMap(({ path: field, analysis, waitedFor }) => {
    if (!waitedFor || endsOfItself(analysis)) return [];
    const where = rollout.kind === "canary"
      ? "a step's analysis"
      : `${STRATEGY_WORDS[rollout.kind]}'s ${field}`;
    const message = `Cannot wait for the analysis "${analysis.name}": ${where} needs a count`;
    return [{ path: `${path}.${field}.count`, message }];
  });
}

/** A rolling update to nothing is a service that is put to rest; a further member must take traffic. */
function noReplicas({ kind, service, to }: Rollout, path: string): Problem[] {
  if (kind === "rolling" || to.replicas !== 0) return [];
  const message = `Cannot roll out "${service}" with 0 replicas: nothing would take its traffic`;
  return [{ path: `${path}.to.replicas`, message }];
}

type Canary = Extract<Rollout, { kind: "canary" }>;

function stepProblems(canary: Canary, path: string): Problem[] {
  const { service, steps, analysis, startingStep } = canary;
  const weights = steps.flatMap((step, index) => {
    const weight = "weight" in step ? step.weight : undefined;
    const message = weight === undefined ? undefined : beyond(weight);
    if (message === undefined) return [];
    return [{
      path: `${path}.steps[${index}].weight`,
      message: `Cannot set weight of "${service}": ${message}`,
    }];
  });
  return [
    ...weights,
    ...mirrorProblems(canary, path),
    ...experimentProblems(canary, path),
    ...startProblems(),
  ];

  function startProblems(): Problem[] {
    if (startingStep === undefined) return [];
    const at = `${path}.startingStep`;
    if (!analysis) {
      return [{ path: at, message: "Cannot start an analysis at a step: analysis says none" }];
    }
    if (startingStep < steps.length) return [];
    const message = `Cannot start the analysis at step ${startingStep}: the last one is ${
      steps.length - 1
    }`;
    return [{ path: at, message }];
  }
}

/** Copies to nobody would only be counted as rejected. */
function mirrorProblems({ steps }: Canary, path: string): Problem[] {
  return steps.flatMap((step, index) => {
    if (step.kind !== "setMirrorRoute" || !step.percentage) return [];
    const hasPods = steps.slice(0, index).some((before) =>
      before.kind === "setWeight" && before.weight > 0 ||
      before.kind === "setCanaryScale" && (before.replicas ?? before.weight ?? 0) > 0
    );
    if (hasPods) return [];
    const message = "Cannot mirror to a canary without replicas: put setCanaryScale before";
    return [{ path: `${path}.steps[${index}]`, message }];
  });
}

function experimentProblems({ steps }: Canary, path: string): Problem[] {
  let weight = 0;
  const known = new Set<string>();
  return steps.flatMap((step, index) => {
    if (step.kind === "setWeight") weight = step.weight;
    if (step.kind !== "experiment") return [];
    const twice = step.templates.find(({ name }) => known.has(name) || !known.add(name));
    if (twice) {
      const message = `Cannot use "${twice.name}" twice: each template is a revision of its own`;
      return [{ path: `${path}.steps[${index}].templates`, message }];
    }
    const asked = step.templates.reduce((sum, template) => sum + (template.weight ?? 0), 0);
    if (asked === 0 || asked + weight <= 100) return [];
    const message = `Cannot give ${asked} % to an experiment: the canary has ${weight} % by then`;
    return [{ path: `${path}.steps[${index}].templates`, message }];
  });
}

function beyond(percent: number): string | undefined {
  if (percent > 100) return `${percent} is above 100`;
  return percent < 0 ? `${percent} is below 0` : undefined;
}
