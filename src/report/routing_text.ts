// How a service's requests find a pod, in a line. Knows no pod and no run.

import {
  NO_PICKER,
  type PickerPlan,
  type ProfilePlan,
  type Routing,
} from "../fleet/picker/plan.ts";

/** `balanced round-robin`, or the plugins of its endpoint picker with their weights. */
export function routingText({ balancing, picker, failureMode }: Routing = NO_PICKER): string {
  if (!picker) return `balanced ${balancing}`;
  const extras = [
    ...(picker.flowControl ? ["flow control"] : []),
    ...(failureMode === "FailClose" ? ["FailClose"] : []),
  ];
  return [`routed by its endpoint picker: ${profilesText(picker)}`, ...extras].join("; ");
}

function profilesText({ handler, profiles }: PickerPlan): string {
  const text = (name: string) => profileText(profiles.find((profile) => profile.name === name)!);
  if (handler.kind === "single") return text(handler.profile);
  const { decode, prefill, decider } = handler;
  const parts = [`${decode} by ${text(decode)}`];
  if (prefill !== undefined) parts.push(`${prefill} by ${text(prefill)}, if ${decider}`);
  return parts.join("; ");
}

function profileText({ filters, scorers, picker = "max-score-picker" }: ProfilePlan): string {
  const weighted = scorers.map(({ plugin, weight }) => `${plugin} ${weight}`);
  return [...filters, ...weighted, picker].join(", ");
}
