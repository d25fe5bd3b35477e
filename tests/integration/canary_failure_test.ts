// The main job, as its user runs it: what it prints, what it exits with, and that it could fail.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { deno, inTempDir, mtop } from "./program.ts";
import { fromFileUrl } from "./root.ts";

const FILE = "scenarios/canary-failure.ts";

Deno.test("deno run canary-failure.ts passes with no flag and no permission", async () => {
  const { code, stdout, stderr } = await deno(["run", "--no-prompt", FILE]);
  strictEqual(code, 0, stderr);
  match(stdout, /^ {2}✓ llama-3-70b is aborted within 2m after xid79/);
  match(stdout, /3 of 3 expectations held/);
});

Deno.test("deno run canary-failure.ts prints verdicts, then totals, then events", async () => {
  const { stdout } = await deno(["run", "--no-prompt", FILE]);
  const places = ["✓", "requests ", "ttft ", "  events\n"].map((word) => stdout.indexOf(word));
  ok(places.every((place) => place >= 0), stdout);
  deepStrictEqual(places, [...places].sort((a, b) => a - b));
});

Deno.test("canary-failure passes on seeds 1 to 20, no threshold within 20 % of its value", async () => {
  const { code, stdout, stderr } = await deno([
    "run",
    "--no-prompt",
    FILE,
    "--seeds",
    "20",
    "-o",
    "json",
  ]);
  strictEqual(code, 0, stderr);
  const { runs } = JSON.parse(stdout) as {
    runs: { seed: number; expectations: { margin: number | null; passed: boolean }[] }[];
  };
  strictEqual(runs.length, 20);
  const margins = runs.flatMap(({ expectations }) =>
    expectations.flatMap(({ margin }) => margin ?? [])
  );
  strictEqual(margins.length, 40);
  ok(Math.min(...margins) > 0.2, `the nearest threshold is ${Math.min(...margins)} of itself away`);
});

Deno.test("one seed gives one hash in two directories, two processes and the sandbox", async () => {
  const hashes = new Set<string>();
  const add = (stdout: string) => hashes.add(JSON.parse(stdout).logHash);
  add((await deno(["run", "--no-prompt", FILE, "-o", "json"])).stdout);
  await inTempDir(async (cwd) => {
    add((await deno(["run", "--no-prompt", fromFileUrl(FILE), "-o", "json"], { cwd })).stdout);
    add((await mtop(["run", fromFileUrl(FILE), "-o", "json"], { cwd })).stdout);
  });
  strictEqual(hashes.size, 1);
});

Deno.test("canary-failure -o json accounts for every request", async () => {
  const { stdout } = await deno(["run", "--no-prompt", FILE, "-o", "json"]);
  const { services } = JSON.parse(stdout);
  const service = services["llama-3-70b"];
  for (const { requests } of [service, ...Object.values<typeof service>(service.revisions)]) {
    const { arrived, completed, failed, rejected, inFlight } = requests;
    strictEqual(arrived, completed + failed + rejected + inFlight);
  }
  ok(service.requests.arrived > 39_000);
});
