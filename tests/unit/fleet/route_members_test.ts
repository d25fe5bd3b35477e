// KServe's rules of a route group as a table: who is in whose route, who is listed, whose route wins.
import assert from "node:assert/strict";
import {
  backendsOf,
  byPrecedence,
  divergence,
  isRoutable,
  modelsOf,
  type RouteMember,
  viewOf,
} from "../../../src/fleet/route_members.ts";
import type { KubeObject } from "../../../src/kube/object.ts";

function member(name: string, fields: Partial<RouteMember> = {}): RouteMember {
  return {
    namespace: "default",
    name,
    createdUs: 0,
    original: true,
    model: "llama",
    models: ["llama"],
    weight: 1,
    phase: "live",
    routable: true,
    ...fields,
  };
}

const names = (members: readonly RouteMember[]) => members.map(({ name }) => name);

const PEERS: readonly [string, Partial<RouteMember>, { backend: boolean; listed: boolean }][] = [
  ["is ready", {}, { backend: true, listed: true }],
  ["has weight 0", { weight: 0 }, { backend: true, listed: true }],
  ["cannot be routed to", { routable: false }, { backend: false, listed: false }],
  ["is stopped", { phase: "stopped", routable: false }, { backend: false, listed: true }],
  ["is being deleted", { phase: "leaving" }, { backend: false, listed: false }],
  ["serves another model", { model: "qwen", models: ["qwen"] }, { backend: false, listed: false }],
  ["has an adapter more", { models: ["llama", "tone"] }, { backend: false, listed: false }],
];

for (const [what, fields, { backend, listed }] of PEERS) {
  Deno.test(`backendsOf() ${backend ? "takes" : "leaves out"} a peer that ${what}`, () => {
    const self = member("a");
    const members = [self, member("b", fields)];
    assert.deepEqual(names(backendsOf(self, members)), backend ? ["a", "b"] : ["a"]);
    assert.deepEqual(names(viewOf(self, members).matching), listed ? ["a", "b"] : ["a"]);
  });
}

Deno.test("backendsOf() takes itself always, ready or not", () => {
  const self = member("a", { routable: false });
  assert.deepEqual(names(backendsOf(self, [self])), ["a"]);
});

Deno.test("viewOf() lists members by name", () => {
  const self = member("b");
  assert.deepEqual(names(viewOf(self, [self, member("c"), member("a")]).matching), ["a", "b", "c"]);
});

Deno.test("isRoutable() wants a ready router and a replica of every workload", () => {
  assert.equal(isRoutable(true, [1]), true);
  assert.equal(isRoutable(true, [2, 1, 1]), true);
  assert.equal(isRoutable(false, [2, 1, 1]), false);
  for (const ready of [[0], [0, 1, 1], [2, 0, 1], [2, 1, 0]]) {
    assert.equal(isRoutable(true, ready), false, String(ready));
  }
});

Deno.test("divergence() names the model sets of the others, each once, in KServe's words", () => {
  const self = member("a");
  const others = [
    member("b", { model: "qwen", models: ["qwen"] }),
    member("c", { model: "qwen", models: ["qwen"] }),
    member("d", { models: ["llama", "tone"] }),
  ];
  const { divergent } = viewOf(self, [self, ...others]);
  assert.equal(
    divergence(divergent),
    "group has members with different model sets: llama+tone, qwen",
  );
  assert.equal(divergence([]), undefined);
});

Deno.test("byPrecedence() takes the oldest, then what was there before the run, then the first by name", () => {
  const members = [
    member("d", { createdUs: 5 }),
    member("b"),
    member("a", { original: false }),
    member("b", { namespace: "alpha" }),
    member("c", { createdUs: -1 }),
  ];
  const order = [...members].sort(byPrecedence)
    .map(({ namespace, name }) => `${namespace}/${name}`);
  assert.deepEqual(order, ["default/c", "alpha/b", "default/b", "default/a", "default/d"]);
});

Deno.test("byPrecedence() goes by the routes' names, not the services'", () => {
  // "a-b-kserve-route" stands before "a-kserve-route".
  assert.deepEqual(names([member("a"), member("a-b")].sort(byPrecedence)), ["a-b", "a"]);
});

Deno.test("modelsOf() gives the model's name, else the service's, and the adapters', sorted", () => {
  const object = (model: unknown) =>
    ({ apiVersion: "", kind: "", metadata: { name: "chat" }, spec: { model } }) as KubeObject;
  assert.deepEqual(modelsOf(object({ uri: "hf://x" })), ["chat"]);
  assert.deepEqual(modelsOf(object({ name: "llama" })), ["llama"]);
  const adapters = [{ name: "tone" }, { name: "law" }, { name: "law" }, null, {}];
  assert.deepEqual(modelsOf(object({ name: "m", lora: { adapters } })), ["law", "m", "tone"]);
});
