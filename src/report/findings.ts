// What is wrong with a service whose pods may all be Ready: with its answers, its route, its rollout.

import { STABLE } from "../fleet/revision_names.ts";
import type { FleetState } from "../fleet/state.ts";
import type { ServiceRow } from "../view/fleet_table.ts";
import type { Member } from "../view/members.ts";
import type { Thresholds } from "../view/thresholds.ts";
import { adapterFindings } from "./adapter_findings.ts";
import { answerFindings } from "./answer_findings.ts";
import type { Blocker } from "./blockers.ts";
import { budgetFindings } from "./budget_findings.ts";
import { hotPodFindings } from "./hot_pod_findings.ts";
import { rolloutFindings, weightFindings } from "./rollout_findings.ts";

/** Each has an advice; what it is about is the service itself, one of its route group or one of its pods. */
export const FINDINGS = [
  "WeightOnDeadMember",
  "ErrorRateHigh",
  "AdapterSlotsShort",
  "Overloaded",
  "PodOverloaded",
  "SLOMissed",
  "ErrorBudgetSpent",
  "ErrorBudgetBurning",
  "RolloutDegraded",
  "RolloutPaused",
] as const;

export interface Finding extends Blocker {
  readonly reason: typeof FINDINGS[number];
}

export function isFinding({ reason }: Blocker): boolean {
  return FINDINGS.some((each) => each === reason);
}

/** A service, and what it is to state: undefined where no traffic was simulated. */
interface Served {
  readonly serving: ServiceRow;
  readonly member: Member | undefined;
  readonly thresholds: Thresholds | undefined;
}

/** The cause before what follows from it; figures are judged only by thresholds. */
export function findingsOf(
  state: FleetState,
  nowUs: number,
  { serving, member, thresholds }: Served,
): Finding[] {
  const { name } = serving;
  // What is about all of a service is told of the member that was there first.
  const service = member?.name === STABLE ? member.key : undefined;
  const adapters = member && thresholds
    ? adapterFindings(state, nowUs, serving, member, thresholds)
    : [];
  const hot = member && thresholds ? hotPodFindings(nowUs, serving, member, thresholds) : [];
  const answers = thresholds ? answerFindings(serving, thresholds) : [];
  const found = [
    ...(member ? weightFindings(member) : []),
    ...adapters,
    ...hot,
    // Its advice, more replicas, is not what helps adapters that take turns.
    ...answers.filter(({ reason }) => reason !== "Overloaded" || adapters.length === 0),
    ...(service === undefined ? [] : [
      ...budgetFindings(state, nowUs, service, name),
      ...rolloutFindings(state, service, name),
    ]),
  ];
  const order = ({ reason }: Finding) => FINDINGS.indexOf(reason);
  return found.toSorted((a, b) => order(a) - order(b));
}
