// Rollouts as Argo's plugin prints them: the list, and one in detail with the tree of what it is made of.
//
// After argo-rollouts' pkg/kubectl-argo-rollouts/cmd: list/list.go, get/get_rollout.go.

import type { AnalysisPhase } from "../fleet/events.ts";
import type { FleetState } from "../fleet/state.ts";
import { STRATEGY_WORDS } from "../fleet/strategies.ts";
import { ageOf, humanDuration } from "./age.ts";
import { UNKNOWN } from "./format.ts";
import { podCells } from "./pod_cells.ts";
import type { RolloutDetail } from "./rollout_detail.ts";
import { PHASES } from "./rollout_lines.ts";
import { analysisName } from "./rollout_rows.ts";
import type { RolloutRevision, RolloutSet } from "./rollout_sets.ts";
import { printable } from "./spans.ts";
import { table } from "./table.ts";

/** Measurements of an analysis run, by what they came to. */
export type AnalysisCounts = Readonly<Record<string, Partial<Record<AnalysisPhase, number>>>>;

export interface RolloutTextOptions {
  readonly nowUs: number;
  readonly namespaces?: boolean;
  /** Columns of the terminal; a pipe has no limit. */
  readonly width?: number | undefined;
}

const HEADS = [
  ...["NAME", "STRATEGY", "STATUS", "STEP", "SET-WEIGHT"],
  ...["READY", "DESIRED", "UP-TO-DATE", "AVAILABLE"],
];

export function rolloutList(
  details: readonly RolloutDetail[],
  { namespaces = false, width }: RolloutTextOptions,
): string[] {
  const rows = details.map(({ name, namespace, row, status, step, setWeight, counts }) => [
    ...(namespaces ? [namespace] : []),
    printable(name),
    STRATEGY_WORDS[row.strategy],
    status,
    step ?? UNKNOWN,
    setWeight === undefined ? UNKNOWN : String(setWeight),
    `${counts.ready}/${counts.current}`,
    ...[counts.desired, counts.updated, counts.available].map(String),
  ]);
  return table([[...(namespaces ? ["NAMESPACE"] : []), ...HEADS], ...rows], { width });
}

/** `Paused - CanaryPauseStep`. */
export function rolloutStatus({ status, message }: RolloutDetail): string {
  return message === "" ? status : `${status} - ${printable(message)}`;
}

/** Argo's labels take so many cells. */
const LABEL = 17;

export function rolloutDetailLines(
  detail: RolloutDetail,
  state: FleetState,
  analyses: AnalysisCounts,
  options: RolloutTextOptions,
): string[] {
  const { name, namespace, status, message, row, step, setWeight, actualWeight, counts } = detail;
  const line = (label: string, value: string | number) =>
    `${label.padEnd(LABEL)}${value}`.trimEnd();
  const optional = (label: string, value: string | number | undefined) =>
    value === undefined || value === "" ? [] : [line(label, value)];
  return [
    line("Name:", printable(name)),
    line("Namespace:", namespace),
    line("Status:", `${PHASES[status].glyph} ${status}`),
    ...optional("Message:", printable(message)),
    line("Strategy:", STRATEGY_WORDS[row.strategy]),
    ...optional("  Step:", step),
    ...optional("  SetWeight:", setWeight),
    ...optional("  ActualWeight:", actualWeight),
    ...imagesOf(detail.revisions).map((text, index) => line(index === 0 ? "Images:" : "", text)),
    "Replicas:",
    line("  Desired:", counts.desired),
    line("  Current:", counts.current),
    line("  Updated:", counts.updated),
    line("  Ready:", counts.ready),
    line("  Available:", counts.available),
    "",
    ...treeLines(detail, state, analyses, options),
  ];
}

/** Images that run, and in which revisions. */
function imagesOf(revisions: readonly RolloutRevision[]): string[] {
  const users = new Map<string, Set<string>>();
  for (const { name, sets } of revisions.toReversed()) {
    for (const { image, current } of sets) {
      if (image === undefined || current === 0) continue;
      if (!users.has(image)) users.set(image, new Set());
      users.get(image)!.add(name);
    }
  }
  return [...users].map(([image, names]) => `${printable(image)} (${[...names].join(", ")})`);
}

interface TreeNode {
  readonly cells: readonly string[];
  readonly children: readonly TreeNode[];
}

function treeLines(
  detail: RolloutDetail,
  state: FleetState,
  analyses: AnalysisCounts,
  { nowUs, width }: RolloutTextOptions,
): string[] {
  const { name, row, status, revisions } = detail;
  const age = humanDuration(nowUs - row.startedAt);
  const runs = analysisNodes(row.id, state, analyses, nowUs);
  const root: TreeNode = {
    cells: [`⟳ ${printable(name)}`, "Rollout", `${PHASES[status].glyph} ${status}`, age, ""],
    children: revisions.map(({ number, name: revision, isNew, sets }) => ({
      cells: [`# revision:${number}`, "", "", "", ""],
      children: [...sets.map((set) => setNode(set, revision, nowUs)), ...(isNew ? runs : [])],
    })),
  };
  return table([["NAME", "KIND", "STATUS", "AGE", "INFO"], ...rowsOf(root)], {
    width,
    drop: [1, 3],
  });
}

/** A row for each node, its name behind the branches that lead to it. */
function rowsOf(node: TreeNode, first = "", rest = ""): string[][] {
  const [name = "", ...cells] = node.cells;
  return [
    [first + name, ...cells],
    ...node.children.flatMap((child, index) =>
      index === node.children.length - 1
        ? rowsOf(child, `${rest}└──`, `${rest}   `)
        : rowsOf(child, `${rest}├──`, `${rest}│  `)
    ),
  ];
}

function setNode(set: RolloutSet, revision: string, nowUs: number): TreeNode {
  const { object, pods } = set;
  const { name, creationTimestamp } = object.metadata;
  return {
    cells: [
      `⧉ ${printable(name)}`,
      object.kind,
      setStatus(set),
      ageOf(creationTimestamp, nowUs),
      revision,
    ],
    children: pods.map((pod) => {
      const { ready, status, restarts } = podCells(pod, nowUs);
      const [count = "0"] = restarts.split(" ");
      return {
        cells: [
          `□ ${printable(pod.metadata.name)}`,
          "Pod",
          `${podGlyph(status)} ${printable(status)}`,
          ageOf(pod.metadata.creationTimestamp, nowUs),
          `ready:${ready}${count === "0" ? "" : `,restarts:${count}`}`,
        ],
        children: [],
      };
    }),
  };
}

function setStatus({ desired, current, available }: RolloutSet): string {
  if (desired === 0 && current === 0) return "• ScaledDown";
  return available < desired || current > desired ? "◌ Progressing" : "✔ Healthy";
}

function podGlyph(status: string): string {
  if (status === "Running" || status === "Completed") return "✔";
  return /^(?:Pending|Terminating|ContainerCreating|PodInitializing|Init:\d+\/\d+)$/.test(status)
    ? "◌"
    : "✖";
}

const ANALYSIS_GLYPHS: Readonly<Record<AnalysisPhase, string>> = {
  Pending: "◷",
  Running: "◌",
  Successful: "✔",
  Failed: "✖",
  Inconclusive: "?",
  Error: "⚠",
};

/** In the order in which they began, with their measurements by what they came to. */
function analysisNodes(
  rollout: string,
  { analyses }: FleetState,
  counts: AnalysisCounts,
  nowUs: number,
): TreeNode[] {
  return Object.entries(analyses).filter(([id]) => id.startsWith(`${rollout}/`))
    .sort(([, a], [, b]) => a.startedAt - b.startedAt)
    .map(([id, { phase, startedAt }]) => {
      const own = counts[id] ?? {};
      const info = (["Successful", "Failed", "Inconclusive", "Error"] as const)
        .filter((each) => own[each] !== undefined)
        .map((each) => `${ANALYSIS_GLYPHS[each]} ${own[each]}`).join(",");
      return {
        cells: [
          `α ${printable(analysisName(id, rollout))}`,
          "AnalysisRun",
          `${ANALYSIS_GLYPHS[phase]} ${phase}`,
          humanDuration(nowUs - startedAt),
          info,
        ],
        children: [],
      };
    });
}
