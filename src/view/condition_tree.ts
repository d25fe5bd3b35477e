// KServe's conditions as the tree by which they are aggregated, and the lines of it. Knows no cause.

import type { Condition } from "../kube/conditions.ts";
import { ageOf } from "./age.ts";
import { table } from "./table.ts";

export interface ConditionNode {
  readonly type: string;
  readonly status: Condition["status"];
  /** What the status means: of most True is good, of GroupDegraded False. */
  readonly health: Health;
  readonly reason?: string;
  readonly message?: string;
  /** When the condition last changed, RFC 3339. */
  readonly since: string;
  readonly children: readonly ConditionNode[];
}

export type Health = "good" | "bad" | "unknown";

interface Shape {
  readonly [type: string]: Shape;
}

/** What each condition is made from, in the order in which KServe looks at it (kserve aaac4e2). */
const TREE: Shape = {
  Ready: {
    PresetsCombined: {},
    WorkloadsReady: {
      MainWorkloadReady: {},
      WorkerWorkloadReady: {},
      PrefillWorkloadReady: {},
      PrefillWorkerWorkloadReady: {},
      ScalingReady: {},
      PrefillScalingReady: {},
    },
    RouterReady: {
      GatewaysReady: {},
      HTTPRoutesReady: {},
      InferencePoolReady: {},
      SchedulerWorkloadReady: {},
      TokenizerReady: {},
    },
  },
  GroupReady: {},
  GroupDegraded: {},
  OciImageVolumeCompatible: {},
};

/** Conditions that are bad news when they are True. */
const BAD_WHEN_TRUE = new Set(["GroupDegraded"]);

/**
 * The roots: `Ready` with what it is made from, then what stands beside it. A condition that is not
 * there has no node, its children take its place; one that mtop does not know is a root of its own.
 */
export function conditionTree(conditions: readonly Condition[]): ConditionNode[] {
  const left = new Map(conditions.map((condition) => [condition.type, condition]));
  const grow = (shape: Shape): ConditionNode[] =>
    Object.entries(shape).flatMap(([type, below]) => {
      const condition = left.get(type);
      left.delete(type);
      const children = grow(below);
      return condition ? [nodeOf(condition, children)] : children;
    });
  const known = grow(TREE);
  return [...known, ...[...left.values()].map((condition) => nodeOf(condition, []))];
}

function nodeOf(condition: Condition, children: readonly ConditionNode[]): ConditionNode {
  const { type, status, reason, message, lastTransitionTime } = condition;
  const bad = BAD_WHEN_TRUE.has(type) ? "True" : "False";
  return {
    type,
    status,
    health: status === "Unknown" ? "unknown" : status === bad ? "bad" : "good",
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    since: lastTransitionTime,
    children,
  };
}

function isCopy(parent: ConditionNode, child: ConditionNode): boolean {
  return parent.status === child.status && parent.reason === child.reason &&
    parent.message === child.message;
}

/** One character wide, beside the word that says the same. */
export const GLYPHS: Readonly<Record<Health, string>> = { good: "✔", bad: "✖", unknown: "◌" };

export interface ConditionLinesOptions {
  readonly nowUs: number;
  /** Columns of the terminal; a pipe has no limit. */
  readonly width?: number | undefined;
  /** How a glyph is shown, for instance coloured. */
  readonly mark?: (health: Health) => string;
}

/** A line for each condition: glyph, type by its depth, status, age, reason, message. */
export function conditionLines(
  nodes: readonly ConditionNode[],
  { nowUs, width, mark }: ConditionLinesOptions,
): string[] {
  const rows: string[][] = [];
  const healths: Health[] = [];
  const add = (node: ConditionNode, depth: number) => {
    healths.push(node.health);
    rows.push([
      `${"  ".repeat(depth)}${GLYPHS[node.health]} ${node.type}`,
      node.status,
      ageOf(node.since, nowUs),
      node.reason ?? "",
      // What was copied from below is told there.
      node.children.some((child) => isCopy(node, child)) ? "" : node.message ?? "",
    ]);
    for (const child of node.children) add(child, depth + 1);
  };
  for (const node of nodes) add(node, 0);
  const lines = table(rows, { width, drop: [4, 2, 3] });
  if (!mark) return lines;
  // After the layout, which counts characters: a colour has none.
  return lines.map((line, index) => line.replace(GLYPHS[healths[index]!], mark(healths[index]!)));
}
