import assert from "node:assert/strict";
import type { Condition } from "../../../src/kube/conditions.ts";
import {
  conditionLines,
  type ConditionNode,
  conditionTree,
} from "../../../src/view/condition_tree.ts";
import fc from "../../fast_check.ts";

const AT = "2026-01-01T00:00:00Z";

function of(type: string, status: Condition["status"] = "True", rest: Partial<Condition> = {}) {
  return { type, status, lastTransitionTime: AT, ...rest };
}

function outline(nodes: readonly ConditionNode[]): unknown {
  return nodes.map(({ type, children }) =>
    children.length === 0 ? type : [type, outline(children)]
  );
}

Deno.test("conditionTree() puts each condition below the one it decides", () => {
  const types = [
    ...["HTTPRoutesReady", "MainWorkloadReady", "PresetsCombined", "Ready", "RouterReady"],
    ...["SchedulerWorkloadReady", "WorkloadsReady", "GroupReady"],
  ];
  assert.deepEqual(outline(conditionTree(types.map((type) => of(type)))), [
    ["Ready", [
      "PresetsCombined",
      ["WorkloadsReady", ["MainWorkloadReady"]],
      ["RouterReady", ["HTTPRoutesReady", "SchedulerWorkloadReady"]],
    ]],
    "GroupReady",
  ]);
});

Deno.test("conditionTree() keeps what it does not know, and children without their parent", () => {
  const nodes = conditionTree([of("SomethingNew"), of("MainWorkloadReady")]);
  assert.deepEqual(outline(nodes), ["MainWorkloadReady", "SomethingNew"]);
});

Deno.test("conditionTree() loses no condition and doubles none", () => {
  const type = fc.constantFrom("Ready", "WorkloadsReady", "ScalingReady", "GroupDegraded", "New");
  fc.assert(fc.property(fc.uniqueArray(type), (types) => {
    const found: string[] = [];
    const walk = (nodes: readonly ConditionNode[]) => {
      for (const node of nodes) {
        found.push(node.type);
        walk(node.children);
      }
    };
    walk(conditionTree(types.map((each) => of(each))));
    assert.deepEqual(found.sort(), types.sort());
  }));
});

Deno.test("conditionTree() takes a True GroupDegraded for bad news", () => {
  const healths = (status: Condition["status"]) =>
    conditionTree([of("GroupDegraded", status), of("Ready", status)]).map(({ health }) => health);
  // Ready comes first, being the root.
  assert.deepEqual(healths("True"), ["good", "bad"]);
  assert.deepEqual(healths("False"), ["bad", "good"]);
  assert.deepEqual(healths("Unknown"), ["unknown", "unknown"]);
});

const BROKEN = { reason: "MinimumReplicasUnavailable", message: "no minimum availability" };
const TREE = conditionTree([
  of("Ready", "False", BROKEN),
  of("PresetsCombined"),
  of("WorkloadsReady", "False", BROKEN),
  of("MainWorkloadReady", "False", { ...BROKEN, lastTransitionTime: "2026-01-01T00:09:00Z" }),
  of("RouterReady", "Unknown"),
]);

Deno.test("conditionLines() says by glyph and word how each is, and a message where it arose", () => {
  assert.deepEqual(conditionLines(TREE, { nowUs: 600_000_000 }), [
    "✖ Ready                   False     10m   MinimumReplicasUnavailable",
    "  ✔ PresetsCombined       True      10m",
    "  ✖ WorkloadsReady        False     10m   MinimumReplicasUnavailable",
    "    ✖ MainWorkloadReady   False     60s   MinimumReplicasUnavailable   no minimum availability",
    "  ◌ RouterReady           Unknown   10m",
  ]);
});

Deno.test("conditionLines() fits a narrow terminal, type and status first", () => {
  const lines = conditionLines(TREE, { nowUs: 600_000_000, width: 40 });
  assert.equal(lines[3], "    ✖ MainWorkloadReady   False");
  assert.ok(lines.every((line) => line.length <= 40));
});

Deno.test("conditionLines() lets glyphs be coloured without moving a column", () => {
  const mark = (health: string) => `<${health}>`;
  const lines = conditionLines(TREE, { nowUs: 600_000_000, mark });
  assert.equal(lines[1], "  <good> PresetsCombined       True      10m");
});
