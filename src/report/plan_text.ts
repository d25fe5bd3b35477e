// What a scenario would do, before it does it.

import type { Fault } from "../fault/faults.ts";
import type { When } from "../fleet/when.ts";
import { checkName } from "../rollout/analysis.ts";
import { about } from "../rollout/canary.ts";
import { describe } from "../scenario/expectations.ts";
import type { Plan } from "../scenario/plan.ts";
import { entryId } from "../scenario/scenario.ts";
import { formatDuration } from "../sim/duration.ts";
import { table } from "../view/table.ts";

/** The plan as text. */
export function planText({ scenario, nodes, services }: Plan, recordRequests = false): string {
  const { name, duration, warmup, seed, load, rollouts, faults, expect } = scenario;
  const gpus = nodes.reduce((sum, node) => sum + node.gpus, 0);
  const serving = services.map((service) => {
    const [{ replicas, gpus, image }] = service.workloads;
    return [service.name, `${replicas} replicas of ${gpus} GPUs`, image];
  });
  const loads = load.map((each) => [
    each.name,
    each.kind === "trace"
      ? `trace of ${each.requests.atUs.length} requests`
      : `${each.kind} ${each.rps} rps`,
    `to ${each.to}`,
  ]);
  const sections: [string, string[]][] = [
    ["services", table(serving, { indent: "    " })],
    ["load", table(loads, { indent: "    " })],
    [
      "rollouts",
      rollouts.flatMap((canary) => [
        `    canary of ${canary.service} to ${canary.to.image}, ${whenText(canary.at)}`,
        ...canary.steps.map((step, index) => `      step ${index}  ${about(step)}`),
        ...(canary.analysis?.checks ?? []).map((check) =>
          `      every ${formatDuration(canary.analysis!.every)}  ${checkName(check)}`
        ),
      ]),
    ],
    [
      "faults",
      faults.map((fault, index) => {
        return `    ${entryId("faults", index, fault)}  ${faultText(fault)}, ${
          whenText(fault.when)
        }`;
      }),
    ],
    ["expects", expect.map((expectation) => `    ${describe(expectation)}`)],
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

function faultText(fault: Fault): string {
  const on = selectorText(fault.on);
  if (fault.kind === "gpu-xid") return `Xid ${fault.xid} on ${on}`;
  const lasts = fault.for === undefined ? "for good" : `for ${formatDuration(fault.for)}`;
  return `loss of ${on} ${lasts}`;
}

function selectorText({ kind, mode, count, percent, service, of, ...rest }: Fault["on"]): string {
  const number = percent === undefined ? count : `${percent}%`;
  const name = "name" in rest ? rest.name : undefined;
  const where = service === undefined ? undefined : `of ${service}`;
  return [mode, number, kind, name, where, of].filter((word) => word !== undefined).join(" ");
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
