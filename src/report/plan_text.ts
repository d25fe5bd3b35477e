// What a scenario would do, before it does it.

import { type Fault, kindOf } from "../fault/faults.ts";
import { isSchedule, scheduleText } from "../fault/schedule.ts";
import { actWords } from "../fleet/acts.ts";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import { checkName } from "../fleet/metric_check.ts";
import type { OwnAutoscaler } from "../fleet/policy/own_autoscaler.ts";
import { gpusOf } from "../fleet/scheduling/pod_needs.ts";
import type { When } from "../fleet/when.ts";
import { llmInferenceServiceSchema } from "../kube/llm_inference_service.ts";
import { changeText } from "../rollout/change.ts";
import { describe } from "../scenario/expectation_text.ts";
import type { Plan } from "../scenario/plan.ts";
import { prefillService } from "../scenario/prefill.ts";
import { entryId } from "../scenario/scenario.ts";
import { formatDuration } from "../sim/duration.ts";
import { table } from "../view/table.ts";
import { clusterLines, objectiveLines } from "./cluster_text.ts";
import { askedText, loadCells } from "./load_text.ts";
import { rolloutPlanLines } from "./rollout_plan_text.ts";
import { routingText } from "./routing_text.ts";
import { servingParts } from "./serving_text.ts";

/** The plan as text. */
export function planText(
  { scenario, nodes, services, others }: Plan,
  recordRequests = false,
): string {
  const { name, duration, warmup, seed, load, rollouts, changes, faults, expect } = scenario;
  const { autoscalers, policies } = scenario;
  const gpus = nodes.reduce((sum, node) => sum + node.gpus, 0);
  const sections: [string, string[]][] = [
    ["nodes", clusterLines(scenario.cluster)],
    ["services", serviceLines(services)],
    ["objectives", objectiveLines(scenario)],
    ["load", loadLines(load)],
    ["rollouts", rollouts.flatMap((rollout) => rolloutPlanLines(rollout, whenText))],
    [
      "changes",
      changes.map((change) => {
        const text = change.kind === "act"
          ? `${actWords(change.act)} the rollout`
          : changeText(change);
        return `    ${text} of ${change.service}, ${whenText(change.when)}`;
      }),
    ],
    [
      "faults",
      faults.map((fault, index) => {
        return `    ${entryId("faults", index, fault)}  ${faultText(fault)}, ${
          isSchedule(fault.when) ? scheduleText(fault.when) : whenText(fault.when)
        }`;
      }),
    ],
    ["autoscalers", autoscalers.map(autoscalerText)],
    ["own code", policies.map(({ type, name, about }) => `    ${type} ${name}: ${about}`)],
    ["expects", expect.map((expectation) => `    ${describe(expectation)}`)],
    ["simulates as well", otherLines(others)],
    ["records", recordRequests ? ["    each request, when it ends"] : []],
  ];
  const head =
    `${name}: ${formatDuration(duration)} after a warm-up of ${
      formatDuration(warmup)
    } within it, ` +
    `seed ${seed}, ${nodes.length} nodes with ${gpus} GPUs`;
  const filled = sections.filter(([, lines]) => lines.length > 0);
  return [head, ...filled.flatMap(([title, lines]) => [`  ${title}`, ...lines])].join("\n") + "\n";
}

/** How each load sends, and below it what it asks. */
function loadLines(load: Plan["scenario"]["load"]): string[] {
  const lines = table(load.map(loadCells), { indent: "    " });
  return load.flatMap((each, index) => {
    const asked = askedText(each);
    return [lines[index]!, ...(asked === undefined ? [] : [`      ${asked}`])];
  });
}

/** Runs that this one is compared with: each costs as much as the run itself. */
function otherLines(others: Plan["others"]): string[] {
  return [...others ?? []].map(([index, { scenario }]) =>
    `    ${scenario.name}, ${formatDuration(scenario.duration)}, for expect[${index}]`
  );
}

function serviceLines(services: readonly ServicePlan[]): string[] {
  const rows = services.map(({ name, workloads: [{ replicas, needs, image }] }) => [
    name,
    `${replicas} replicas of ${gpusOf(needs)} GPUs`,
    image,
  ]);
  const lines = table(rows, { indent: "    " });
  return services.flatMap((service, index) => [
    lines[index]!,
    ...engineLines(service),
    `      ${routingText(service.routing)}`,
  ]);
}

/** How its engines serve, where not by vLLM's defaults, and what prefills for them. */
function engineLines({ object, workloads, serving, prefill }: ServicePlan): string[] {
  const service = llmInferenceServiceSchema.safeParse(object).data;
  if (!service || !serving) return [];
  const parts = servingParts(serving, service);
  const other = prefillService(service);
  const workload = workloads.find(({ role }) => role === "prefill");
  if (!prefill || !other || !workload) return parts.length > 0 ? [`      ${parts.join(", ")}`] : [];
  const size = `${workload.replicas} replicas of ${gpusOf(workload.needs)} GPUs`;
  return [
    ...(parts.length > 0 ? [`      decode: ${parts.join(", ")}`] : []),
    `      prefill: ${[size, ...servingParts(prefill, other)].join(", ")}`,
  ];
}

/** `loss on all nodes for 10m`. */
function faultText(fault: Fault): string {
  const on = "on" in fault ? ` on ${selectorText(fault.on)}` : "";
  const span = "for" in fault && fault.for !== undefined ? ` for ${formatDuration(fault.for)}` : "";
  const lasts = "permanent" in fault && fault.permanent ? " for good" : span;
  return `${kindOf(fault).plan(fault)}${on}${lasts}`;
}

function autoscalerText({ policy, service, min, max, options }: OwnAutoscaler): string {
  const given = options === undefined ? "" : ` ${JSON.stringify(options)}`;
  return `    ${policy}${given} of ${service}, ${min} to ${max} replicas`;
}

type Selection = Extract<Fault, { readonly on: unknown }>["on"];

function selectorText({ kind, mode, count, percent, service, of, ...rest }: Selection): string {
  const number = percent === undefined ? undefined : `${percent}% of`;
  const many = count === undefined ? mode : mode === "random" ? `${count} random` : `${count}`;
  const name = "name" in rest ? rest.name : undefined;
  const zone = "zone" in rest && rest.zone !== undefined ? `in zone ${rest.zone}` : undefined;
  const where = service === undefined ? undefined : `of ${service}`;
  const role = "role" in rest ? rest.role : undefined;
  const one = mode === "first" || count === 1;
  return [number ?? many, role, one ? kind.slice(0, -1) : kind, name, zone, where, of].filter((
    word,
  ) => word !== undefined)
    .join(" ");
}

function whenText(when: When): string {
  if (typeof when === "number") return `at ${formatDuration(when)}`;
  switch (when.kind) {
    case "atStep":
      return `${formatDuration(when.after ?? 0)} after step ${when.step} begins`;
    case "after":
      return `${formatDuration(when.delay ?? 0)} after ${
        when.fault.ref ?? "a fault that is not in faults"
      }`;
    case "whenever":
      return `whenever ${checkName(when.check)}`;
  }
}
