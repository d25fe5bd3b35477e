// What a plan says of its cluster and of what it promises: nodes, disruption budgets, objectives.

import type { SloLimits } from "../load/objectives.ts";
import type { ScenarioNodes } from "../scenario/node_schema.ts";
import type { ParsedScenario } from "../scenario/schema.ts";
import { formatDuration } from "../sim/duration.ts";
import { formatPpm } from "../view/format.ts";
import { table } from "../view/table.ts";

/** A group of nodes a line, and below them the budgets that drains ask. */
export function clusterLines({ nodes, budgets = {} }: ParsedScenario["cluster"]): string[] {
  const kept = Object.entries(budgets).map(([service, budget]) => {
    const [field, pods] = Object.entries(budget)[0]!;
    return `    disruption budget of ${service}: ${field} ${pods}`;
  });
  return [...table(nodes.map(nodeCells), { indent: "    " }), ...kept];
}

function nodeCells(nodes: ScenarioNodes): string[] {
  const { count, gpus, zone, spot, taints = [], mig, timeSlicing, joins } = nodes;
  const marks = [
    ...(nodes.name === undefined ? [] : [`named ${nodes.name}`]),
    ...(joins === undefined ? [] : [`from ${formatDuration(joins)} on`]),
    ...(zone === undefined ? [] : [`zone ${zone}`]),
    ...(spot === undefined ? [] : [`spot of ${spot}`]),
    ...(mig === undefined ? [] : [`MIG ${typeof mig === "string" ? mig : mig.join(" ")}`]),
    ...(timeSlicing === undefined ? [] : [`${timeSlicing} pods a GPU by turns`]),
    ...taints.map(({ key, value, effect }) =>
      `taint ${key}${value === undefined ? "" : `=${value}`}:${effect}`
    ),
  ];
  const machine = gpus === undefined ? "without GPUs" : `${gpus.count}x${gpus.gpu}`;
  return [`${count} × ${machine}`, marks.join(", ")];
}

/** Of each service, and of each load that brings its own. */
export function objectiveLines({ slo = {}, load }: ParsedScenario): string[] {
  const own = load.flatMap(({ name, slo }) => slo === undefined ? [] : [[`load ${name}`, slo]]);
  const all = [...Object.entries(slo), ...own] as [string, SloLimits][];
  return table(all.map(([name, limits]) => [name, limitsText(limits)]), { indent: "    " });
}

function limitsText({ goodput, window, ...latencies }: SloLimits): string {
  const limits = Object.entries(latencies).flatMap(([metric, percentiles]) =>
    Object.entries((percentiles ?? {}) as Record<string, number>)
      .map(([p, us]) => `${metric} ${p} ≤ ${formatDuration(us)}`)
  );
  const over = window === undefined ? "" : ` in ${formatDuration(window)}`;
  const share = goodput === undefined ? [] : [`met by ${formatPpm(goodput)} of requests${over}`];
  return [...limits, ...share].join(", ");
}
