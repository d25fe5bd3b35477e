// What a rollout would do, as lines of a plan.

import { STRATEGY_WORDS } from "../fleet/strategies.ts";
import type { When } from "../fleet/when.ts";
import { type Analysis, limitsOf } from "../rollout/analysis.ts";
import { analysisCheckName, type CheckLimits } from "../rollout/analysis_check.ts";
import { revisionText } from "../rollout/revision_change.ts";
import { aboutRolling, type Rolling } from "../rollout/rolling.ts";
import { analysesOf, type Rollout, scriptOf } from "../rollout/rollouts.ts";
import type { Script } from "../rollout/script.ts";
import { about } from "../rollout/steps/steps.ts";
import { formatDuration } from "../sim/duration.ts";

/** `whenText` says when something begins. */
export function rolloutPlanLines(rollout: Rollout, whenText: (when: When) => string): string[] {
  const script = scriptOf(rollout);
  const lines = script ? scriptLines(script, whenText) : rollingLines(rollout as Rolling, whenText);
  return [
    ...lines,
    ...analysesOf(rollout).flatMap(({ path, analysis }) =>
      analysisLines(analysis, path === "analysis" ? "" : `${path} `)
    ),
  ];
}

/** Each check and how often it is measured; `where` stands before it. */
function analysisLines(analysis: Analysis, where = ""): string[] {
  return analysis.checks.map((check) => {
    const { every, dryRun, measurementRetention: _, ...limits } = limitsOf(analysis, check);
    const dry = dryRun ? ["on a dry run"] : [];
    const said = [analysisCheckName(check), ...limitWords(limits), ...dry].join(", ");
    return `      ${where}every ${formatDuration(every)}  ${said}`;
  });
}

/** By Argo's names, those that are not left to its defaults. */
function limitWords({ initialDelay, ...counts }: Partial<CheckLimits>): string[] {
  const given = Object.entries(counts).filter(([, value]) => value !== undefined);
  return [
    ...(initialDelay === undefined ? [] : [`initialDelay ${formatDuration(initialDelay)}`]),
    ...given.map(([name, value]) => `${name} ${value}`),
  ];
}

function scriptLines(script: Script, whenText: (when: When) => string): string[] {
  const { strategy, service, to, at, steps } = script;
  const { image, ...rest } = to;
  // An image says itself what it is.
  const what = image !== undefined && Object.keys(rest).length === 0 ? image : revisionText(to);
  const options = optionWords(script);
  return [
    `    ${STRATEGY_WORDS[strategy]} of ${service} to ${what}, ${whenText(at)}`,
    ...steps.map((step, index) => `      step ${index}  ${about(step)}`),
    ...(options.length === 0 ? [] : [`      ${options.join(", ")}`]),
  ];
}

function optionWords(script: Script): string[] {
  const { startingStep, dynamicStableScale, progressDeadlineAbort, rollback, ends } = script;
  const begins = script.analysis ? startingStep : undefined;
  return [
    ...(ends === "remove" ? ["then it is removed"] : []),
    ...(begins === undefined ? [] : [`analysis from step ${begins} on`]),
    ...(dynamicStableScale ? ["stable scales with its weight"] : []),
    ...(progressDeadlineAbort
      ? [`aborted after ${formatDuration(script.progressDeadline)} without progress`]
      : []),
    ...(rollback ? ["undone when aborted"] : []),
  ];
}

function rollingLines(update: Rolling, whenText: (when: When) => string): string[] {
  const bounds = [
    ...(update.maxSurge === undefined ? [] : [`maxSurge ${update.maxSurge}`]),
    ...(update.maxUnavailable === undefined ? [] : [`maxUnavailable ${update.maxUnavailable}`]),
    ...(update.rollback ? ["undone when overdue"] : []),
  ];
  return [
    `    ${aboutRolling(update)} of ${update.service}, ${whenText(update.at)}`,
    ...(bounds.length === 0 ? [] : [`      ${bounds.join(", ")}`]),
    ...(update.undo === undefined ? [] : [`      undone ${whenText(update.undo)}`]),
  ];
}
