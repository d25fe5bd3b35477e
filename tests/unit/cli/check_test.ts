import assert from "node:assert/strict";
import { check, type CheckOptions } from "../../../src/cli/check.ts";
import { condition, llm, node, pod, SECOND, Story } from "../report/story.ts";
import { runOver } from "./story_context.ts";

const READY = [condition("Ready", "True")];
const BROKEN = [condition("Ready", "False", { reason: "X" })];

const run = (story: Story, target?: string, options: Partial<CheckOptions> = {}) =>
  runOver(
    story,
    SECOND,
    (context) => check(target, { output: "text", ...options }, context),
  );

Deno.test("check exits 0 when the service is Ready and 1 when it is not", async () => {
  const well = new Story().apply(node(), llm(READY), pod({ container: { ready: true } }));
  for (const target of ["chat", "llmisvc/chat"]) {
    const { code, out, err } = await run(well, target);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^✔ default\/chat is Ready\n/);
  }
  const { code, out } = await run(new Story().apply(llm(BROKEN)), "chat");
  assert.equal(code, 1);
  assert.match(out, /^✖ default\/chat is not Ready/);
});

Deno.test("check of a service that is not there is NotFound, and says where there is one", async () => {
  const words =
    'Error from server (NotFound): llminferenceservices.serving.kserve.io "nope" not found\n';
  assert.deepEqual(await run(new Story(), "nope"), { code: 1, out: "", err: words });
  const { err } = await run(new Story().apply(llm(READY)), "chat", { namespace: "team-a" });
  assert.match(err, /\nThere is one in namespace default: add -n default\n$/);
});

Deno.test("check refuses what is no service", async () => {
  const { code, err } = await run(new Story(), "pod/x");
  assert.equal(code, 1);
  assert.match(err, /^error: Cannot check pods: only services can be; try `mtop describe pod x`/);
  assert.match((await run(new Story(), "frob/x")).err, /doesn't have a resource type "frob"/);
});

Deno.test("check without a name is about the fleet, and a stopped service is no failure", async () => {
  const stopped = { name: "off", annotations: { "serving.kserve.io/stop": "true" } };
  const story = new Story().apply(llm(READY), llm([], stopped));
  const well = await run(story);
  assert.equal(well.code, 0);
  assert.match(well.out, /2 services: 1 ready, 0 not ready, 1 stopped\n$/);
  story.apply(llm(BROKEN, { name: "bad", namespace: "team-a" }));
  assert.equal((await run(story)).code, 1);
  assert.equal((await run(story, undefined, { namespace: "default" })).code, 0);
});

Deno.test("check of nothing says so beside the data", async () => {
  const { code, out, err } = await run(new Story());
  assert.deepEqual([code, out, err], [0, "", "No resources found\n"]);
});

Deno.test("check -o json prints one document", async () => {
  const story = new Story().apply(llm(BROKEN));
  const one = await run(story, "chat", { output: "json" });
  assert.equal(JSON.parse(one.out).verdict, "default/chat is not Ready because of llmisvc/chat: X");
  const all = await run(story, undefined, { output: "json" });
  assert.deepEqual(JSON.parse(all.out).services.map(({ name }: { name: string }) => name), [
    "chat",
  ]);
  assert.equal(all.code, 1);
  assert.equal(
    (await run(new Story(), undefined, { output: "json" })).out,
    '{\n  "services": []\n}\n',
  );
});
