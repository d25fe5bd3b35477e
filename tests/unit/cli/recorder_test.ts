import assert from "node:assert/strict";
import { logHeader } from "../../../src/cli/log_header.ts";
import { Recorder } from "../../../src/cli/recorder.ts";
import { smallScenario } from "../scenario/small_run.ts";

const linesOf = (path: string) => Deno.readTextFileSync(path).trimEnd().split("\n").slice(1);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function recording(test: (recorder: Recorder) => void | Promise<void>) {
  return async () => {
    const path = Deno.makeTempFileSync({ suffix: ".jsonl" });
    try {
      using recorder = new Recorder(path, logHeader(smallScenario(), 1));
      await test(recorder);
    } finally {
      Deno.removeSync(path);
    }
  };
}

Deno.test(
  "Recorder has on disk within about a second what nothing follows, as when a run is paused",
  recording(async (recorder) => {
    recorder.append(['{"line":1}']);
    assert.deepEqual(linesOf(recorder.path), []);
    for (let waits = 0; waits < 100 && linesOf(recorder.path).length === 0; waits++) {
      await sleep(100);
    }
    assert.deepEqual(linesOf(recorder.path), ['{"line":1}']);
  }),
);

Deno.test(
  "Recorder.flush() has on disk at once what was told",
  recording((recorder) => {
    recorder.append(['{"line":1}']);
    recorder.flush();
    assert.deepEqual(linesOf(recorder.path), ['{"line":1}']);
    recorder.append(['{"line":2}']);
    recorder.close();
    assert.deepEqual(linesOf(recorder.path), ['{"line":1}', '{"line":2}']);
  }),
);
