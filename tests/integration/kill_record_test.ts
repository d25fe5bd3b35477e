// kill -9 while a run is recorded: the log is whole to its last line, and says that its run died.

import assert from "node:assert/strict";
import { openLog } from "../../src/log/file_reader.ts";
import { Killer } from "./kill.ts";
import { inTempDir, mtop, smallScenario } from "./program.ts";

const KILLS = 20;
/** Long enough that no kill comes after its end. */
const LONG = smallScenario({ duration: '"1000h"' });

Deno.test("a recording that is killed 20 times is whole to its last line each time, plain and compressed", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/long.ts`, LONG);
    const killer = new Killer(dir);
    let known: readonly string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const name = kill % 2 === 0 ? "run.jsonl" : "run.jsonl.zst";
      const path = `${dir}/${name}`;
      await Deno.remove(path).catch(() => {});
      const enough = (50_000 + Math.random() * 100_000) / (name.endsWith(".zst") ? 10 : 1);
      await killer.kill(
        ["run", "long.ts", "--record", name],
        () => sizeOf(path) >= enough,
        Math.random() * 50,
      );
      const log = await openLog(path);
      const lines: string[] = [];
      for await (const batch of log.batches()) lines.push(...batch.lines);
      assert.equal(log.ending?.kind, "died", name);
      assert.ok(lines.length > 0, name);
      // The same run each time: a line that was lost, torn or written twice would show.
      const shared = Math.min(lines.length, known.length);
      assert.deepEqual(lines.slice(0, shared), known.slice(0, shared));
      if (lines.length > known.length) known = lines;
    }
    assert.ok(known.length > 50, `${known.length} lines`);
    const { code, stdout, stderr } = await mtop(["replay", "run.jsonl"], { cwd: dir });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /has no footer, its run died or goes on: it is whole up to line \d+/);
    assert.match(stdout, /^small at /);
  }));

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    // It is not there yet.
    return 0;
  }
}
