// A present that is written and read back is as it was, whole or in part, or is not believed.
import assert from "node:assert/strict";
import { join } from "node:path";
import { byKind, readPresent, writePresent } from "../../src/cli/present_file.ts";
import { initialState } from "../../src/fleet/state.ts";
import type { KubeObject } from "../../src/kube/object.ts";
import { inTempDir } from "./program.ts";

function object(kind: string, name: string): KubeObject {
  return { apiVersion: "v1", kind, metadata: { name, namespace: "é" } };
}

const OBJECTS = {
  "/Pod/é/b": object("Pod", "b"),
  "/Node//n": object("Node", "n"),
  "/Pod/é/a": object("Pod", "a"),
};
const STATE = { ...initialState(), at: 7, objects: OBJECTS };
const PRESENT = { state: STATE, warnings: ["one"] };

function inFile(test: (path: string) => void): Promise<void> {
  return inTempDir((dir) => {
    const path = join(dir, "x.state");
    writePresent(path, PRESENT);
    test(path);
    return Promise.resolve();
  });
}

Deno.test("readPresent() gives back what writePresent() wrote", () =>
  inFile((path) => {
    const { state, warnings } = readPresent(path);
    assert.deepEqual({ ...state }, STATE);
    assert.deepEqual(warnings, ["one"]);
    const order = Object.keys(state.objects);
    assert.deepEqual(order, ["/Pod/é/b", "/Pod/é/a", "/Node//n"]);
    assert.deepEqual(Object.keys(Object.assign({}, ...byKind(OBJECTS).values())), order);
  }));

Deno.test("readPresent() of some kinds has their objects only, and every other field", () =>
  inFile((path) => {
    const { state } = readPresent(path, ["Node"]);
    assert.deepEqual({ ...state }, { ...STATE, objects: { "/Node//n": OBJECTS["/Node//n"] } });
  }));

Deno.test("readPresent() throws when a byte is missing, whatever kinds are asked for", () =>
  inFile((path) => {
    const bytes = Deno.readFileSync(path);
    for (const length of [0, 1, 20, bytes.length - 1]) {
      Deno.writeFileSync(path, bytes.subarray(0, length));
      assert.throws(() => readPresent(path, ["Node"]), `${length} bytes`);
    }
  }));
