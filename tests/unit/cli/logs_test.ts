import assert from "node:assert/strict";
import { logs, type LogsOptions } from "../../../src/cli/logs.ts";
import type { JsonObject } from "../../../src/kube/object.ts";
import { llm, node, pod, SECOND, Story } from "../report/story.ts";
import { runOver } from "./story_context.ts";

/** A service with two ready pods of before the run, which began at virtual 0, and some load. */
function serving(): Story {
  const container = { ready: true, state: { running: { startedAt: "2026-01-01T00:00:00Z" } } };
  const story = new Story().apply(
    node(),
    llm(),
    pod({ name: "chat-1", container }),
    pod({ name: "chat-2", container: { ...container, restartCount: 2 } }),
    pod({ name: "epp", scheduler: true, container }),
  );
  for (let second = 1; second <= 40; second++) {
    story.at(second).window({ "chat-1": [1, 10], "chat-2": [2, 20] });
  }
  return story;
}

function waiting(container: JsonObject | undefined): Story {
  const subject = container ? pod({ container }) : pod({ unscheduled: "0/1 nodes are available" });
  return new Story().apply(node(), llm(), subject);
}

const run = (story: Story, target: string | undefined, options: LogsOptions = {}, second = 40) =>
  runOver(story, second * SECOND, (context) => logs(target, options, context));

function lines(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

Deno.test("logs prints a pod's lines with its own figures", async () => {
  const { code, out, err } = await run(serving(), "chat-1");
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(lines(out).length, 4);
  assert.equal(
    lines(out)[0],
    "INFO 01-01 00:00:10 [loggers.py] Engine 000: Avg generation throughput: 10.0 tokens/s, Running: " +
      "1 reqs, Waiting: 1 reqs, GPU KV cache usage: 12.5%",
  );
});

Deno.test("logs of a service are those of the pod that kubectl would choose, and it says so", async () => {
  for (const target of ["chat", "llmisvc/chat", "LLMInferenceService/chat"]) {
    const { out, err } = await run(serving(), target);
    // The one that was restarted more often.
    assert.equal(err, "Found 2 pods, using pod/chat-2\n");
    assert.match(out, /20\.0 tokens\/s, Running: 2 reqs/);
  }
});

Deno.test("logs --all-pods begins each line with its pod", async () => {
  const { out, err } = await run(serving(), "chat", { allPods: true, tail: 1 });
  assert.equal(err, "");
  assert.deepEqual(lines(out).map((line) => line.split(" ")[0]), [
    "[pod/chat-2/main]",
    "[pod/chat-1/main]",
  ]);
});

Deno.test("logs -l takes the last ten lines of each pod, unless --tail says otherwise", async () => {
  const story = serving();
  for (let second = 41; second <= 150; second++) story.at(second).window({ "chat-1": [1, 10] });
  const selector = "kserve.io/component=workload";
  const count = async (options: LogsOptions) =>
    lines((await run(story, undefined, { selector, prefix: true, ...options }, 150)).out)
      .filter((line) => line.startsWith("[pod/chat-1/main]")).length;
  assert.equal(await count({}), 10);
  assert.equal(await count({ tail: -1 }), 15);
  assert.equal(await count({ tail: 0 }), 0);
});

Deno.test("logs --since counts back from the instant that is shown, --timestamps tells instants", async () => {
  const { out } = await run(serving(), "chat-1", { since: 15 * SECOND, timestamps: true });
  assert.deepEqual(lines(out).map((line) => line.split(" ")[0]), [
    "2026-01-01T00:00:30.000000000Z",
    "2026-01-01T00:00:40.000000000Z",
  ]);
});

Deno.test("logs -f prints what there is and says that nothing follows", async () => {
  const { code, out, err } = await run(serving(), "chat-1", { follow: true });
  assert.deepEqual([code, lines(out).length], [0, 4]);
  assert.match(err, /^The mock cluster does not move/);
  assert.match(
    (await run(serving(), "chat-1", { follow: true, log: "run.jsonl" })).err,
    /^A recorded run does not move/,
  );
});

Deno.test("logs of what is not there fail in kubectl's words", async () => {
  const failing = async (target: string, options: LogsOptions = {}) => {
    const { code, out, err } = await run(serving(), target, options);
    assert.deepEqual([code, out], [1, ""]);
    return err;
  };
  assert.equal(
    await failing("nope"),
    'error: error from server (NotFound): pods "nope" not found in namespace "default"\n',
  );
  assert.equal(
    await failing("deployment/nope"),
    'error: error from server (NotFound): deployments.apps "nope" not found in namespace ' +
      '"default"\n',
  );
  assert.match(
    await failing("chat", { namespace: "team-a" }),
    /not found in namespace "team-a"\nThere is one in namespace default: add -n default\n$/,
  );
  assert.equal(
    await failing("frobs/x"),
    'error: the server doesn\'t have a resource type "frobs"\n',
  );
  assert.equal(
    await failing("chat-1", { container: "nope" }),
    "error: container nope is not valid for pod chat-1\n",
  );
  assert.equal(
    await failing("node/n1"),
    "error: cannot get the logs from node/n1: logs are of pods, of services and of what else has " +
      "pods\n",
  );
});

Deno.test("logs wants a pod or a selector, and not both", async () => {
  const none = await run(serving(), undefined);
  assert.match(none.err, /^error: expected 'logs \[-f\] \[-p\] \(POD \| TYPE\/NAME\)/);
  const both = await run(serving(), "chat-1", { selector: "a=b" });
  assert.equal(both.err, "error: only a selector (-l) or a POD name is allowed\n");
  const empty = await run(serving(), undefined, { selector: "a=b" });
  assert.deepEqual([empty.code, empty.err], [0, "No resources found in default namespace.\n"]);
  const bad = await run(serving(), undefined, { selector: "a==b==c" });
  assert.deepEqual([bad.code, bad.err], [1, 'error: unable to parse requirement: "a==b==c"\n']);
});

Deno.test("logs of a container that waits say for what, as the kubelet does", async () => {
  const words = async (reason: string) =>
    (await run(waiting({ state: { waiting: { reason } } }), "chat-1")).err;
  const start =
    'Error from server (BadRequest): container "main" in pod "chat-1" is waiting to start:';
  assert.equal(await words("ContainerCreating"), `${start} ContainerCreating\n`);
  assert.equal(await words("ErrImagePull"), `${start} image can't be pulled\n`);
  assert.equal(await words("ImagePullBackOff"), `${start} trying and failing to pull image\n`);
  const { code } = await run(waiting({ state: { waiting: { reason: "x" } } }), "chat-1");
  assert.equal(code, 1);
});

Deno.test("logs of a pod without a node are empty, and say why beside", async () => {
  const { code, out, err } = await run(waiting(undefined), "chat-1");
  assert.deepEqual([code, out], [0, ""]);
  assert.equal(err, "pod chat-1 has no log yet: it was not scheduled to a node\n");
});

Deno.test("logs -p has the instance before, or kubectl's words where there was none", async () => {
  const subject = pod({ container: { state: { running: {} } } });
  const story = waiting({ state: { running: {} } })
    .at(1).event(subject, "Started", "Started container main")
    .at(5).event(subject, "Failed", "Container main died: first")
    .at(9).event(subject, "Started", "Started container main");
  const died = /core\.py:946\] first/;
  const before = await run(story, "chat-1", { previous: true });
  const now = await run(story, "chat-1");
  assert.match(before.out, died);
  assert.doesNotMatch(now.out, died);
  // While it is down, it is both the last one and the one before.
  story.at(12).event(subject, "Failed", "Container main died: second");
  assert.match((await run(story, "chat-1", { previous: true })).out, /second/);
  assert.match((await run(story, "chat-1")).out, /second/);
  assert.deepEqual(await run(waiting({ state: { running: {} } }), "chat-1", { previous: true }), {
    code: 1,
    out: "",
    err: 'Error from server (BadRequest): previous terminated container "main" in pod "chat-1" ' +
      "not found\n",
  });
});

Deno.test("logs of several pods print those that have some when others have none", async () => {
  const story = serving().apply(
    pod({ name: "chat-3", container: { state: { waiting: { reason: "ContainerCreating" } } } }),
  );
  const { code, out, err } = await run(story, "chat", { allPods: true, tail: 1 });
  assert.equal(code, 1);
  assert.equal(lines(out).length, 2);
  assert.match(err, /container "main" in pod "chat-3" is waiting/);
});

Deno.test("logs of a service without pods says where to look", async () => {
  const { code, err } = await run(new Story().apply(llm()), "chat");
  assert.equal(code, 1);
  assert.match(err, /no pods of llminferenceservice\/chat .* `mtop check chat -n default`/);
});

Deno.test("logs of a service without pods points to the same instant of the same run", async () => {
  const { err } = await run(new Story().apply(llm()), "chat", { log: "my run.jsonl", at: 90e6 });
  assert.match(err, /`mtop check chat -n default --log 'my run\.jsonl' --at 1m30s` tells why/);
});

Deno.test("logs of a service that is to have no pods says so", async () => {
  const off = llm();
  const scaled = await run(
    new Story().apply({ ...off, spec: { ...off.spec, replicas: 0 } }),
    "chat",
  );
  assert.equal(
    scaled.err,
    'error: no pods of llminferenceservice/chat in namespace "default": it is scaled to 0 ' +
      "replicas\n",
  );
  const annotations = { "serving.kserve.io/stop": "true" };
  const { err } = await run(new Story().apply(llm([], { annotations })), "chat");
  assert.match(err, /: it is stopped by its annotation serving\.kserve\.io\/stop\n$/);
});
