// `mtop report` as its user meets it: one file, where it goes, what it refuses, what it holds.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { HOSTILE, island, madeHostile, withRun } from "./report_rig.ts";

Deno.test("mtop report writes the page beside the log, says where and how big, and makes it anew", () =>
  withRun(async (dir, call) => {
    for (const _ of ["first", "again"]) {
      const { code, stdout, stderr } = await call("report", "run.jsonl");
      deepStrictEqual([code, stderr], [0, ""]);
      match(stdout, /^run\.html: \d+ KB, 2m00s in \d+ points of 1s, \d+ pods every 1s\n$/);
    }
    const html = await Deno.readTextFile(`${dir}/run.html`);
    match(html, /^<!doctype html>/);
    const piped = await call("report", "run.jsonl", "-o", "-");
    strictEqual(piped.stdout, html);
    const named = await call("report", "run.jsonl", "-o", "other.html");
    match(named.stdout, /^other\.html: /);
    strictEqual(await Deno.readTextFile(`${dir}/other.html`), html);
  }));

Deno.test("mtop report overwrites nothing but a report, and says in one sentence why", () =>
  withRun(async (dir, call) => {
    const before = await Deno.readTextFile(`${dir}/run.jsonl`);
    const refused = await call("report", "run.jsonl", "-o", "run.jsonl");
    strictEqual(refused.code, 1);
    strictEqual(
      refused.stderr,
      `error: Cannot write to "run.jsonl": it is there and is no report of mtop's; ` +
        `name another file with -o\n`,
    );
    strictEqual(await Deno.readTextFile(`${dir}/run.jsonl`), before);
    const folder = await call("report", "run.jsonl", "-o", ".");
    strictEqual(folder.stderr, 'error: Cannot write to ".": it is a directory\n');
    const nowhere = await call("report", "run.jsonl", "-o", "no/where.html");
    match(nowhere.stderr, /^error: Cannot write to "no\/where\.html": No such file/);
    strictEqual(nowhere.code, 1);
    const none = await call("report", "none.jsonl");
    match(none.stderr, /^error: Cannot read "none\.jsonl"/);
    // An empty file is what `mktemp` leaves.
    await Deno.writeTextFile(`${dir}/empty.html`, "");
    strictEqual((await call("report", "run.jsonl", "-o", "empty.html")).code, 0);
  }));

Deno.test("a report's numbers are those of replay -o json of the same log", () =>
  withRun(async (_, call) => {
    const html = (await call("report", "run.jsonl", "-o", "-")).stdout;
    // What `-o json` adds to a summary: the page says it in its head.
    const { events: _events, wallSeconds: _wall, logHash: _hash, ...summary } = JSON.parse(
      (await call("replay", "run.jsonl", "-o", "json")).stdout,
    );
    deepStrictEqual(island(html, "summary"), summary);
    const service = summary.services["llama-3-70b"];
    const { services } = island(html, "data");
    const { rps, costUsd } = services[0].revisions[0].columns;
    // Bins of one second: the columns add up to the total.
    const arrived = rps.reduce((sum: number, value: number | null) => sum + (value ?? 0), 0);
    strictEqual(Math.round(arrived), service.requests.arrived);
    strictEqual(costUsd.at(-1), service.costUsd);
    ok(service.costUsd > 0);
    const { name, spent } = services[0].budgets[0];
    deepStrictEqual([name, spent.at(-1)], ["all requests", service.slo.budget.spent * 1e6]);
  }));

Deno.test("a report of a compressed log is that of the plain one but for its name", () =>
  withRun(async (dir, call) => {
    await call("run", "run.ts", "--record", "run.jsonl.zst");
    const { stdout } = await call("report", "run.jsonl.zst");
    match(stdout, /^run\.html: /);
    const html = await Deno.readTextFile(`${dir}/run.html`);
    const plain = (await call("report", "run.jsonl", "-o", "-")).stdout;
    strictEqual(html.replace("run.jsonl.zst", "run.jsonl"), plain);
  }));

Deno.test("mtop report of a log without its footer shows what there is, with a warning on both", () =>
  withRun(async (dir, call) => {
    const lines = (await Deno.readTextFile(`${dir}/run.jsonl`)).split("\n");
    await Deno.writeTextFile(`${dir}/died.jsonl`, `${lines.slice(0, 120).join("\n")}\n{"at":9`);
    const { code, stdout, stderr } = await call("report", `${dir}/died.jsonl`, "-o", "-");
    strictEqual(code, 0);
    match(stderr, /^warning: ".*died\.jsonl" has no footer, its run died or goes on/);
    match(stdout, /role="status">&quot;died\.jsonl&quot; has no footer, its run died or goes on/);
    ok(!stdout.includes(dir), "the page does not say where the log lay");
    match(stdout, /<dt>simulated<\/dt><dd class="number">[0-9ms]+ of 2m00s<\/dd>/);
    const { endUs } = island(stdout, "data");
    strictEqual(endUs, JSON.parse(lines[119]!).at);
  }));

Deno.test("a report of a stranger's log has no tag and no script of theirs", () =>
  withRun(async (dir, call) => {
    await madeHostile(`${dir}/run.jsonl`);
    const { stdout: html, code } = await call("report", "run.jsonl", "-o", "-");
    strictEqual(code, 0);
    strictEqual(html.includes("<img"), false);
    strictEqual(html.includes("<!--"), false);
    strictEqual(html.match(/<\/script>/g)?.length, 3);
    deepStrictEqual(Object.keys(island(html, "summary").services), [HOSTILE]);
    match(html, /<h3>&lt;\/script&gt;&lt;img src=x onerror=document\.title=&#39;owned&#39;&gt;/);
  }));
