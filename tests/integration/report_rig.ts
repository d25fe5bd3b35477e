// What the tests of `mtop report` have in common: a short recorded run, and what a page holds.

import { match } from "node:assert/strict";
import { inTempDir, mtop, type Outcome, smallScenario } from "./program.ts";

/** The JSON of one of a page's islands. */
// deno-lint-ignore no-explicit-any
export function island(html: string, id: string): any {
  const [, text = ""] = html.split(`<script type="application/json" id="${id}">`);
  return JSON.parse(text.slice(0, text.indexOf("</script>")));
}

export type Call = (...args: string[]) => Promise<Outcome>;

/** A run with a fault in it, recorded as `run.jsonl` in a directory of its own. */
export async function withRun(test: (dir: string, call: Call) => Promise<void>): Promise<void> {
  await inTempDir(async (dir) => {
    const call = (...args: string[]) => mtop(args, { cwd: dir });
    const onFirst = 'on: pods({ service: "llama-3-70b" }).first()';
    const faults = `[gpuXid(79, { name: "xid79", ${onFirst}, when: "1m" })]`;
    const slo = '{ "llama-3-70b": { ttft: { p95: "2s" }, goodput: "95%" } }';
    await Deno.writeTextFile(`${dir}/run.ts`, smallScenario({ faults, slo }));
    const { stderr } = await call("run", "run.ts", "--record", "run.jsonl");
    match(stderr, /simulated/);
    await test(dir, call);
  });
}

/** Everything in a log that is called after the service gets a name that is out to break a page. */
export async function madeHostile(path: string): Promise<void> {
  const log = await Deno.readTextFile(path);
  const lines = log.split("\n");
  const written = JSON.stringify(HOSTILE).slice(1, -1);
  const events = lines.slice(1).map((line) => line.replaceAll("llama-3-70b", written));
  await Deno.writeTextFile(path, [lines[0], ...events].join("\n"));
}

export const HOSTILE =
  `</script><img src=x onerror=document.title='owned'><!--"'&\u0000\u202e\u2028`;
