import assert from "node:assert/strict";
import {
  createDiagnostics,
  type Diagnostics,
  type DiagnosticsOptions,
  NO_DIAGNOSTICS,
} from "../../../src/cli/diagnostics.ts";
import { LOG_LEVELS } from "../../../src/cli/settings.ts";

/** Time that moves 1.5 ms at every look. */
function recorded(options: Partial<DiagnosticsOptions> = {}) {
  const lines: string[] = [];
  let now = 0;
  const diagnostics: Diagnostics = createDiagnostics({
    level: "debug",
    format: "json",
    write: (line) => void lines.push(line),
    run: "ab12cd34",
    wallMs: () => 1_767_225_600_000,
    elapsedMs: () => now += 1.5,
    ...options,
  });
  return { diagnostics, lines };
}

Deno.test("Diagnostics.span() gives what the work gave and writes how long it took", () => {
  const { diagnostics, lines } = recorded();
  assert.equal(diagnostics.span("present.simulate", () => 7, { services: 24 }), 7);
  assert.deepEqual(lines, [
    '{"time":"2026-01-01T00:00:00.000Z","level":"debug","op":"present.simulate","ms":1.5,' +
    '"run":"ab12cd34","attributes":{"services":24}}\n',
  ]);
});

Deno.test("Diagnostics.span() waits for a promise", async () => {
  const { diagnostics, lines } = recorded();
  const { promise, resolve } = Promise.withResolvers<string>();
  const span = diagnostics.span("store.read", () => promise);
  assert.deepEqual(lines, []);
  resolve("done");
  assert.equal(await span, "done");
  assert.equal(lines.length, 1);
});

Deno.test("Diagnostics.span() writes of work that fails, and lets the error through", async () => {
  const { diagnostics, lines } = recorded();
  const fail = () => {
    throw new Error("no space");
  };
  assert.throws(() => diagnostics.span("log.write", fail), /no space/);
  await assert.rejects(
    diagnostics.span("log.write", () => Promise.resolve().then(fail)),
    /no space/,
  );
  for (const line of lines) assert.equal(JSON.parse(line).message, "failed: no space");
  assert.equal(lines.length, 2);
});

Deno.test("Diagnostics.log() writes its level and those before it", () => {
  const levels = LOG_LEVELS.filter((level) => level !== "silent");
  for (const [rank, level] of LOG_LEVELS.entries()) {
    const { diagnostics, lines } = recorded({ level });
    for (const line of levels) diagnostics.log(line, "x.y", "z");
    assert.deepEqual(lines.map((line) => JSON.parse(line).level), levels.slice(0, rank));
    assert.deepEqual(levels.filter(diagnostics.enabled), levels.slice(0, rank));
  }
});

Deno.test("Diagnostics.span() does not look at a clock when it is off", () => {
  const clock = () => {
    throw new Error("looked");
  };
  const options = { wallMs: clock, elapsedMs: clock };
  for (const level of ["silent", "info"] as const) {
    const { diagnostics, lines } = recorded({ level, ...options });
    assert.equal(diagnostics.span("x.y", () => 1), 1);
    assert.deepEqual(lines, []);
  }
  assert.equal(recorded({ level: "silent" }).diagnostics, NO_DIAGNOSTICS);
});

Deno.test("Diagnostics writes one line of text whatever the message holds", () => {
  const { diagnostics, lines } = recorded({ format: "text" });
  diagnostics.log("warn", "store.read", "two\n  lines", { path: "a b", n: 1, empty: "" });
  diagnostics.span("x.y", () => {});
  assert.deepEqual(lines, [
    '2026-01-01T00:00:00.000Z warn  store.read two lines path="a b" n=1 empty="" run=ab12cd34\n',
    "2026-01-01T00:00:00.000Z debug x.y 1.5ms run=ab12cd34\n",
  ]);
});

Deno.test("createDiagnostics() makes up a short id of the process", () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  createDiagnostics({ level: "info", format: "json", write }).log("info", "x.y", "z");
  assert.match(JSON.parse(lines[0]!).run, /^[0-9a-f]{8}$/);
});
