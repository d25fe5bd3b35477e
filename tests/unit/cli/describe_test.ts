import assert from "node:assert/strict";
import { describe } from "../../../src/cli/describe.ts";
import { node, NOW_US, pod, read, service, told, world } from "./reading_rig.ts";

const WORLD = world(
  [service("gpt2"), pod("p-1", {}), pod("p-2", {}), node("n")],
  [told("Pod/default/p-2", "Pulled", NOW_US), told("Node//n", "Cordoned", NOW_US, "Warning")],
);

const run = (...words: string[]) => read(WORLD, (context) => describe(words, {}, context));

Deno.test("describe() shows an object with the events about it", async () => {
  const { out } = await run("pod", "p-2");
  assert.match(out, /^Name: +p-2\n/);
  assert.match(out, /\n {2}Normal +Pulled +0s +tester +Pulled it\n$/);
  assert.match((await run("gpt2")).out, /\nEvents: +<none>\n$/);
  assert.doesNotMatch((await run("pod", "p-2")).out, /Non-terminated/);
  assert.match((await run("node/n")).out, /\nNon-terminated Pods: +\(0 in total\)\n/);
  assert.match((await run("node/n")).out, /\n {2}Warning +Cordoned /);
});

Deno.test("describe() takes the beginning of names, two blank lines between objects", async () => {
  const { out, code } = await run("pods", "p-");
  assert.equal(out.split("\n\n\n").length, 2);
  assert.equal(code, 0);
});

Deno.test("describe() says what it does not find, and exits 1", async () => {
  assert.deepEqual(await run("pod", "q"), {
    out: "",
    err: 'Error from server (NotFound): pods "q" not found\n',
    code: 1,
  });
  assert.deepEqual(await run("deploy"), {
    out: "",
    err: "No resources found in default namespace.\n",
    code: 0,
  });
});
