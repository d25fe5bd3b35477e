// Log templates and files from folders, and what doctor tries: what needs a real directory.
import assert from "node:assert/strict";
import { join } from "node:path";
import { writable } from "../../src/cli/doctor.ts";
import { logs, type LogsOptions } from "../../src/cli/logs.ts";
import { runOver } from "../unit/cli/story_context.ts";
import { llm, node, pod, SECOND, Story } from "../unit/report/story.ts";
import { inTempDir } from "./program.ts";

const STORY = new Story().apply(node(), llm(), pod())
  .at(1).event(pod(), "Started", "Started container main");

function logIn(mocks: string, options: LogsOptions = {}) {
  return runOver(STORY, 5 * SECOND, (context) => logs("chat-1", options, context), { mocks });
}

async function withFile(name: string, text: string, test: (dir: string) => Promise<void>) {
  await inTempDir(async (dir) => {
    await Deno.mkdir(join(dir, "pod_logs"));
    await Deno.writeTextFile(join(dir, "pod_logs", name), text);
    await test(dir);
  });
}

Deno.test("logs prints the file that stands for a pod as it is", async () => {
  await withFile("chat-1.txt", "one {{pod}}\ntwo\nthree\n", async (dir) => {
    assert.equal((await logIn(dir)).out, "one {{pod}}\ntwo\nthree\n");
    assert.equal((await logIn(dir, { tail: 1 })).out, "three\n");
  });
});

Deno.test("logs takes the templates of the mocks in use, and mtop's own where there are none", async () => {
  await withFile("vllm-starting.txt", "start\tours of {{pod}}\nnonsense\n", async (dir) => {
    const { out, err } = await logIn(dir);
    assert.equal(out, "ours of chat-1\n");
    assert.equal(
      err,
      "warning: pod_logs/vllm-starting.txt: line 2 begins with no phase and tab\n",
    );
  });
  await inTempDir(async (dir) => {
    assert.match((await logIn(dir)).out, /vLLM API server version 0\.15\.1/);
  });
});

Deno.test("doctor's writable() makes the directory, and leaves nothing in it", async () => {
  await inTempDir(async (dir) => {
    const folder = join(dir, "a", "b");
    assert.deepEqual(await writable(folder, "X"), { found: folder });
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    const file = join(dir, "file");
    await Deno.writeTextFile(file, "");
    const finding = await writable(join(file, "x"), "X");
    assert.match("problem" in finding ? finding.problem : "", /^Cannot write to .*; set X to/);
  });
});
