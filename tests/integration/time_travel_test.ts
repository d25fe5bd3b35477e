// Every reading command answers from a recorded run as the cluster would have answered at that instant.
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Outcome, userOfFile } from "./program.ts";
import { fromFileUrl } from "./root.ts";

const user = userOfFile();

/** A GPU of the canary dies at 14m45s; at 15m05s the rollout is aborted; it all ends well at 30m. */
const SICK = ["--log", "run.jsonl", "--at", "14m52s"];
const CANARY = "llama-3-70b-canary";

Deno.test.beforeAll(async () => {
  const scenario = fromFileUrl("scenarios/canary-failure.ts");
  const { code, stderr } = await user.mtop("run", scenario, "--record", "run.jsonl");
  assert.equal(code, 0, stderr);
});

const sick = (...command: readonly string[]) => user.data(...command, ...SICK);

Deno.test("list and get show the services as they were", async () => {
  const list = await sick("list");
  assert.match(list, /^default +llama-3-70b +\S+ +True +14m$/m);
  assert.match(list, /^default +llama-3-70b-canary +\S+ +False +MinimumReplicasUnavailable +10m$/m);
  assert.equal(list.trimEnd().split("\n").length, 3);
  const early = await user.data("list", "--log", "run.jsonl", "--at", "3m");
  assert.ok(!early.includes("canary"), "the canary was made at 4m");
  const end = await user.data("list", "--log", "run.jsonl");
  assert.match(end, /^default +llama-3-70b-canary +\S+ +True +\S+$/m);
});

Deno.test("an instant beyond the end is said to be none", async () => {
  for (const command of [["list", "--log"], ["top", "--log"], ["replay"]]) {
    const beyond = await user.mtop(...command, "run.jsonl", "--at", "45m");
    assert.equal(beyond.stderr, "warning: the run ends at 30m00s: shown is its end\n");
    assert.equal(beyond.code, 0);
    const end = await user.mtop(...command, "run.jsonl", "--at", "30m");
    assert.equal(end.stderr, "");
    assert.equal(end.stdout, beyond.stdout, command.join(" "));
  }
});

Deno.test("get pods shows the restart, seconds ago", async () => {
  const pods = await sick("get", "pods");
  assert.match(pods, /^llama-3-70b-canary-kserve-\S+ +0\/1 +Running +1 \(\ds ago\) +10m$/m);
  assert.equal(pods.match(/^llama-3-70b-kserve-\S+ +1\/1 +Running +0 +14m$/gm)?.length, 5);
  const before = await user.data("get", "pods", "--log", "run.jsonl", "--at", "14m41s");
  assert.match(before, /^llama-3-70b-canary-kserve-\S+ +1\/1 +Running +0 +10m$/m);
});

Deno.test("describe shows conditions and events of then, nothing of later", async () => {
  const text = await sick("describe", CANARY);
  assert.match(text, /Reason: +MinimumReplicasUnavailable\n/);
  assert.match(text, /^ +Warning +LLMInferenceServiceNotReady +5s /m);
  assert.ok(!text.includes("RolloutAborted"));
  assert.ok((await user.data("describe", CANARY, "--log", "run.jsonl")).includes("RolloutAborted"));
});

Deno.test("events counts from then", async () => {
  const events = await sick("events");
  assert.match(events, /^6s +Warning +XidCriticalError +Node\/node-6 +Xid 79: /m);
  assert.ok(!events.includes("RolloutAborted"));
  const forPod = await sick("events", "--for", `llmisvc/${CANARY}`, "--types", "Warning");
  assert.match(forPod, /NotReady/);
});

Deno.test("logs of the dead container and of the new one are two", async () => {
  const pod = (await sick("get", "pods", "-o", "name")).split("\n")
    .find((name) => name.startsWith(`pod/${CANARY}-kserve-`) && !name.includes("scheduler"))!;
  const previous = await sick("logs", pod, "-c", "main", "-p");
  assert.match(previous, /Xid 79|CUDA error/i);
  const now = await sick("logs", pod, "-c", "main");
  assert.notEqual(now, previous);
  // A second at a time: nothing is told before it happened.
  const times = [...now.matchAll(/ 01-01 (\d\d:\d\d:\d\d) /g)].map(([, time]) => time!);
  assert.ok(times.length > 0 && times.every((time) => time <= "00:14:52"), times.join(" "));
});

Deno.test("check fails while the canary is not Ready, and passes at the end", async () => {
  const then = await user.mtop("check", CANARY, ...SICK);
  assert.equal(then.code, 1);
  assert.match(then.stdout, /is not Ready/);
  assert.equal((await user.mtop("check", "llama-3-70b", ...SICK)).code, 0);
  assert.equal((await user.mtop("check", ...SICK)).code, 1);
  assert.equal((await user.mtop("check", "--log", "run.jsonl")).code, 0);
});

Deno.test("top shows the figures of then", async () => {
  const table = await sick("top", "--once");
  assert.match(table, /^llama-3-70b +Ready +4\/4 +2\d(\.\d+)? /m);
  assert.match(table, /^llama-3-70b-canary +Progressing +0\/1 /m);
  const { atSeconds, services } = JSON.parse(await sick("top", "-o", "json"));
  assert.equal(atSeconds, 892);
  assert.equal(services.length, 2);
  assert.deepEqual(await user.mtop("ldtop", ...SICK, "--once"), ok(table));
});

const ok = (stdout: string): Outcome => ({ code: 0, stdout, stderr: "" });

Deno.test("the mock cluster is not asked: a run of another machine is enough", async () => {
  const outcome = await user.mtop("--mocks", "nowhere", "list", ...SICK);
  assert.deepEqual(outcome, ok(await sick("list")));
});

Deno.test("a log cut in half answers up to its last whole line, with a warning", async () => {
  const bytes = await Deno.readFile(join(user.dir, "run.jsonl"));
  await Deno.writeFile(join(user.dir, "half.jsonl"), bytes.subarray(0, bytes.length / 2));
  for (const command of [["list"], ["get", "pods"], ["events"], ["top", "--once"]]) {
    const { code, stdout, stderr } = await user.mtop(...command, "--log", "half.jsonl");
    assert.equal(code, 0, command[0]);
    assert.match(stdout, /llama-3-70b/, command[0]);
    assert.match(stderr, /^warning: [^\n]*half\.jsonl[^\n]*\n$/, command[0]);
  }
});

Deno.test("what is no log, or not there, is one sentence", async () => {
  await Deno.writeTextFile(join(user.dir, "note.txt"), "hello\n");
  await Deno.writeTextFile(join(user.dir, "empty.jsonl"), "");
  for (const command of ["list", "describe gpt2", "events", "logs gpt2", "check", "top --once"]) {
    for (const file of ["note.txt", "empty.jsonl", "nowhere.jsonl"]) {
      const { code, stdout, stderr } = await user.mtop(...command.split(" "), "--log", file);
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" }, `${command} ${file}`);
      assert.match(stderr, new RegExp(`^error: Cannot read "[^"]*${file}": [^\n]*\n$`));
    }
  }
});

Deno.test("--at without a log, or no time, is refused", async () => {
  for (
    const [args, words] of [
      [["list", "--at", "3m"], /^error: Cannot go to --at without a log: add --log FILE\n$/],
      [["list", "--log", "run.jsonl", "--at", "noon"], /^error: .*Write a time such as 12m30s/],
    ] as const
  ) {
    const { code, stdout, stderr } = await user.mtop(...args);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, words);
  }
});
