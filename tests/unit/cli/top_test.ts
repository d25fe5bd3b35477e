// `top` without a process: what it prints where there is no terminal, and what it refuses.

import assert from "node:assert/strict";
import { canaryFailure } from "../../../scenarios/canary-failure.ts";
import type { CliContext } from "../../../src/cli/context.ts";
import { LogSource } from "../../../src/cli/live_recording.ts";
import { openScenario, SimulationSource } from "../../../src/cli/live_scenario.ts";
import { DEFAULTS, type Settings } from "../../../src/cli/settings.ts";
import { top, type TopOptions } from "../../../src/cli/top.ts";
import { fold } from "../../../src/fleet/fold.ts";
import { initialState } from "../../../src/fleet/state.ts";
import { KubeError } from "../../../src/kube/errors.ts";
import type { LogFile } from "../../../src/log/file_reader.ts";
import type { LiveSource } from "../../../src/tui/source.ts";
import { run, smallScenario } from "../scenario/small_run.ts";
import { NOW, sampleFleet } from "../view/sample_fleet.ts";

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The sample fleet as the mock present: it stands still. */
const PRESENT: LiveSource = {
  state: sampleFleet(),
  nowUs: NOW,
  ended: false,
  label: "mock",
  advance: () => true,
};

async function print(
  names: readonly string[] = [],
  options: Partial<TopOptions> = {},
  settings: Partial<Settings> = {},
): Promise<Printed> {
  const printed = { out: "", err: "" };
  const console = {
    out: (text: string) => {
      printed.out += text;
      return true;
    },
    err: (text: string) => void (printed.err += text),
    outIsTerminal: false,
    errIsTerminal: false,
    width: undefined,
  };
  const context = { console, settings: () => ({ ...DEFAULTS, ...settings }) };
  const code = await top(
    names,
    { speed: 1, ...options },
    context as unknown as CliContext,
    () => Promise.resolve(PRESENT),
  );
  return { code, ...printed };
}

function firstCells({ out }: Printed): string[] {
  return out.trimEnd().split("\n").slice(1).map((line) => line.split(/ {2,}/)[0]!);
}

Deno.test("top() off a terminal prints one table without an escape code, and 0", async () => {
  const { code, out, err } = await print();
  assert.equal(code, 0);
  assert.equal(err, "");
  assert.equal(out.trimEnd().split("\n").length, 9);
  assert.match(out, /^NAMESPACE {2}NAME +STATE +READY +RPS +TTFTp95 +ITLp95 +KV% +WAIT +ERR% /);
  assert.ok(!out.includes("\x1b"));
});

Deno.test("top() shows the services that are named, of a namespace, with labels", async () => {
  assert.deepEqual(firstCells(await print(["phi-4"])), ["phi-4"]);
  assert.deepEqual(firstCells(await print([], { namespace: "chat" })), [
    "llama-3-70b",
    "llama-3-70b-canary",
  ]);
  const usual = await print([], { namespace: "" }, { namespace: "chat" });
  assert.deepEqual(usual, await print([], { namespace: "chat" }));
  assert.deepEqual(firstCells(await print([], { selector: "tier=gold" })), ["llama-3-70b"]);
});

Deno.test("top() sorts by a column, in the direction asked for", async () => {
  const services = async (sortBy: string) =>
    JSON.parse((await print([], { sortBy, output: "json" })).out).services
      .map(({ name }: { name: string }) => name).slice(0, 2);
  assert.deepEqual(await services("ttftp95"), ["llama-3-70b-canary", "llama-3-70b"]);
  assert.deepEqual(await services("ttft:asc"), ["llama-3-70b", "llama-3-70b-canary"]);
});

Deno.test("top() -o json has numbers as numbers, units in names, and null where nothing is known", async () => {
  const { out } = await print([], { output: "json", namespace: "chat" }, {
    slo: { ttftP95Us: 2_000_000 },
  });
  const { atSeconds, services: [llama] } = JSON.parse(out);
  assert.equal(atSeconds, 750);
  assert.deepEqual(
    [llama.state, llama.rps, llama.kvCacheUsage, llama.slo.ttftP95Ms, llama.slo.itlP95Ms],
    ["Ready", 24, 0.823, 2000, null],
  );
  assert.equal(llama.calibration, "uncalibrated");
});

Deno.test("top() shows the columns of the settings, and no others", async () => {
  const { out } = await print(["phi-4"], {}, { columns: ["NAME", "GPUS"] });
  assert.match(out, /^NAME +GPUS( +CALIBRATION)?\n/);
});

Deno.test("top() without a service says so as kubectl does, with nothing on standard output", async () => {
  const nobody = { code: 0, out: "", err: "No resources found in nobody namespace.\n" };
  assert.deepEqual(await print([], { namespace: "nobody" }), nobody);
  const unlabelled = await print([], { selector: "tier=none" });
  assert.deepEqual([unlabelled.out, unlabelled.err], ["", "No resources found\n"]);
});

Deno.test("top() colours a pipe only when it is told to", async () => {
  assert.ok((await print([], {}, { color: "always" })).out.includes("\x1b[1;31m✖ Failed"));
});

Deno.test("top() refuses what it does not know in one sentence", async () => {
  const refused = (names: string[], options: Partial<TopOptions>, words: RegExp) =>
    assert.rejects(print(names, options), ({ message }: Error) => words.test(message));
  await refused([], { columns: ["NAME", "rpss"] }, /^Unknown column "rpss": did you mean "rps"\?$/);
  await refused([], { sortBy: "rpss" }, /^Unknown column "rpss": did you mean "rps"\?$/);
  await refused([], { sortBy: "rps:up" }, /write asc or desc/);
  await refused([], { selector: "!!" }, /unable to parse requirement/);
  await refused([], { at: 1 }, /--at without --scenario or --log/);
  await assert.rejects(print(["nope"]), (error: Error) =>
    error instanceof KubeError &&
    error.message === 'llminferenceservices.serving.kserve.io "nope" not found');
  await assert.rejects(print(["phi-4"], { namespace: "chat" }), KubeError);
});

Deno.test("SimulationSource tells verdicts at its end, and has the scenario's objectives", async () => {
  const console = { err: () => {} } as unknown as CliContext["console"];
  const { source, slos } = openScenario(canaryFailure, "canary-failure.ts", console);
  assert.ok(source instanceof SimulationSource);
  assert.deepEqual(slos["llama-3-70b"], {
    ttftP95Us: 2_000_000,
    itlP95Us: 60_000,
    itlIsMean: true,
  });
  assert.equal(await source.advance(60_000_000), true);
  assert.deepEqual([source.nowUs, source.ended], [60_000_000, false]);
  assert.equal(await source.advance(Infinity), true);
  assert.equal(source.ended, true);
  assert.equal(source.state.verdicts.length, 3);
});

Deno.test("openScenario() refuses a scenario that is none with 104", () => {
  let told = "";
  const console = { err: (text: string) => void (told += text) } as CliContext["console"];
  assert.throws(
    () => openScenario({ kind: "scenario" }, "x.ts", console),
    ({ exitCode }: { exitCode?: number }) => exitCode === 104,
  );
  assert.match(told, /x\.ts/);
});

Deno.test("LogSource is at every instant what the fold of the events up to it is", async () => {
  const { events } = run(smallScenario({ duration: "1m" }));
  const batches = [events.slice(0, 7), [], events.slice(7, 300), events.slice(300)];
  const log = {
    async *events() {
      yield* batches;
    },
  } as unknown as LogFile;
  const source = new LogSource(log, "log");
  for (const atUs of [0, 1, 999_999, 1_000_000, 30_500_000]) {
    assert.equal(await source.advance(atUs), true);
    assert.equal(source.nowUs, atUs);
    const expected = events.filter(({ at }) => at <= atUs).map((event) => structuredClone(event))
      .reduce(fold, initialState());
    assert.deepEqual(source.state, expected);
  }
  assert.equal(source.ended, false);
  assert.equal(await source.advance(Infinity, () => true), false, "it gives way between batches");
  while (!await source.advance(Infinity, () => true));
  assert.deepEqual([source.ended, source.nowUs], [true, 60_000_000]);
});
