import assert from "node:assert/strict";
import { parseFieldSelector } from "../../../src/kube/field_selector.ts";

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "n" },
  spec: { nodeName: "node-1" },
  status: { phase: "Running" },
};

function matches(selector: string, kind = "Pod", object: typeof POD = POD): boolean {
  const parsed = parseFieldSelector(selector, kind);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed.matches(object);
}

Deno.test("parseFieldSelector() holds every term against its field", () => {
  assert.equal(matches("metadata.name=p,status.phase==Running"), true);
  assert.equal(matches("metadata.name=p,status.phase!=Running"), false);
  assert.equal(matches("spec.nodeName="), false);
  assert.equal(matches("spec.unschedulable=false", "Node"), true);
});

Deno.test("parseFieldSelector() says which field it cannot select by", () => {
  assert.deepEqual(parseFieldSelector("spec.x=1", "Pod"), {
    problem: "field label not supported: spec.x",
  });
  assert.deepEqual(parseFieldSelector("status.phase=Running", "Node"), {
    problem: "field label not supported: status.phase",
  });
  assert.ok("problem" in parseFieldSelector("nonsense", "Pod"));
});
