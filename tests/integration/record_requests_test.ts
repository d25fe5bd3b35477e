// `--record-requests`: rows of single requests in the log, and the way to get at them.
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { EventOf, FleetEvent } from "../../src/fleet/events.ts";
import { inTempDir, mtop } from "./program.ts";
import { fromFileUrl } from "./root.ts";

const SCENARIO = fromFileUrl("scenarios/canary-failure.ts");

function eventsOf(ndjson: string): FleetEvent[] {
  return ndjson.trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("--record-requests wants a log to write them to", async () => {
  const outcome = await mtop(["run", SCENARIO, "--record-requests"]);
  strictEqual(outcome.code, 1);
  match(
    outcome.stderr,
    /^[^\n]*Cannot record requests without a log: add --record FILE, or -o ndjson\n$/,
  );
  strictEqual((await mtop(["run", SCENARIO, "--record-requests", "--seeds", "2"])).code, 1);
  const { code, stdout } = await mtop(["run", SCENARIO, "--record-requests", "--plan"]);
  strictEqual(code, 0);
  match(stdout, /^ {2}records\n {4}each request, when it ends\n/m);
});

Deno.test("a log with --record-requests has a row for each request that ended, and verifies", () =>
  inTempDir(async (dir) => {
    const record = ["run", SCENARIO, "--record", "run.jsonl", "--record-requests", "-o", "json"];
    const run = await mtop(record, { cwd: dir });
    strictEqual(run.code, 0, run.stderr);
    const rows = await mtop(["replay", "run.jsonl", "-o", "ndjson", "--kind", "request"], {
      cwd: dir,
    });
    strictEqual(rows.stderr, "");
    const measured = eventsOf(rows.stdout).filter((event): event is EventOf<"request"> =>
      event.kind === "request" && event.warmup === undefined
    );
    const { completed, failed, rejected } = JSON.parse(run.stdout).services["llama-3-70b"].requests;
    const counted = (outcome: string) => measured.filter((row) => row.outcome === outcome).length;
    deepStrictEqual(
      [counted("completed"), counted("failed"), counted("rejected")],
      [completed, failed, rejected],
    );
    ok(measured.every((row) => row.outcome !== "completed" || row.e2eUs! >= row.ttftUs!));
    const verified = await mtop(["verify", "run.jsonl"], { cwd: dir });
    strictEqual(verified.code, 0, verified.stderr);
  }));

Deno.test("replay -o ndjson prints the lines of the log up to an instant", () =>
  inTempDir(async (dir) => {
    await mtop(["run", SCENARIO, "--record", "run.jsonl.zst", "-q"], { cwd: dir });
    const all = await mtop(["run", SCENARIO, "-o", "ndjson"], { cwd: dir });
    // Without the header and the footer.
    const lines = all.stdout.trimEnd().split("\n").slice(1, -1);
    const replayed = await mtop(["replay", "run.jsonl.zst", "-o", "ndjson"], { cwd: dir });
    strictEqual(replayed.stdout, lines.join("\n") + "\n");
    const early = await mtop(["replay", "run.jsonl.zst", "-o", "ndjson", "--at", "1m"], {
      cwd: dir,
    });
    const told = eventsOf(early.stdout);
    deepStrictEqual(told, eventsOf(lines.join("\n")).filter(({ at }) => at <= 60_000_000));
    ok(told.every(({ kind }) => kind !== "request"), "nobody asked for them");
    const refused = await mtop(["replay", "run.jsonl.zst", "--kind", "request"], { cwd: dir });
    strictEqual(refused.code, 1);
    match(refused.stderr, /^[^\n]*Cannot choose a kind of events without -o ndjson[^\n]*\n$/);
  }));
