// The run file on a real disk: written, cut, damaged, killed, sought in, and read by two at once.
import assert from "node:assert/strict";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { indexPath } from "../../src/log/checkpoint.ts";
import { encodeEvent, encodeHeader } from "../../src/log/codec.ts";
import { LogReadError, LogWriteError } from "../../src/log/file_error.ts";
import { CheckpointIndex } from "../../src/log/file_index.ts";
import { openLog, verifyIntegrity } from "../../src/log/file_reader.ts";
import { stateAt } from "../../src/log/file_seek.ts";
import { LogFileWriter } from "../../src/log/file_writer.ts";
import { LogFormatError } from "../../src/log/format_error.ts";
import { RunHash, stateHash } from "../../src/log/hash.ts";
import fc from "../fast_check.ts";
import { FOLD, foldUpTo, HEADER, windowEvents } from "../unit/log/sample_log.ts";
import type { SampleState, WindowEvent } from "../unit/log/sample_log.ts";

const NAMES = ["run.jsonl", "run.jsonl.zst"];
const FLUSH_EVERY = 50;
/** A checkpoint at every place where there can be one. */
const TIGHT = 1;

function inTempDir(name: string, test: (dir: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const dir = await Deno.makeTempDir();
    try {
      await test(dir);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}

function writeLog(path: string, events: readonly WindowEvent[], footer = true): void {
  const writer = LogFileWriter.open(path, HEADER);
  const hash = new RunHash();
  events.forEach((event, n) => {
    const line = encodeEvent(event);
    hash.add(line);
    writer.append(line);
    if (n % FLUSH_EVERY === 0) writer.flush();
  });
  if (footer) writer.close({ events: hash.events, hash: hash.digest() });
  else writer.close();
  assert.equal(writer.failed, undefined);
}

async function readAll(path: string) {
  const log = await openLog(path);
  const events: unknown[] = [];
  for await (const batch of log.events()) events.push(...batch);
  return { log, events, ending: log.ending };
}

/** The state at an instant, by a seek that opens everything anew. */
async function seek(path: string, atUs: number, everyBytes = TIGHT) {
  const log = await openLog(path);
  using index = CheckpointIndex.open(log, FOLD, everyBytes);
  const moment = await stateAt(log, FOLD, atUs, index);
  return { ...moment, checkpoints: index.size };
}

async function errorOf(action: () => unknown): Promise<Error> {
  try {
    await action();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  throw new Error("Nothing was thrown");
}

for (const name of NAMES) {
  inTempDir(`openLog() gives back what LogFileWriter wrote, in ${name}`, async (dir) => {
    const path = `${dir}/${name}`;
    const events = windowEvents(3000);
    writeLog(path, events);
    const { log, events: read, ending } = await readAll(path);
    assert.deepEqual(log.header, HEADER);
    assert.deepEqual(read, events);
    assert.equal(ending?.kind, "whole");
    assert.equal(ending?.line, 3002);
  });

  inTempDir(
    `verifyIntegrity() tells the file as written from a changed one, in ${name}`,
    async (dir) => {
      const path = `${dir}/${name}`;
      writeLog(path, windowEvents(200));
      const whole = await verifyIntegrity(path);
      assert.deepEqual([whole.ok, whole.events, whole.message], [true, 200, undefined]);
      assert.equal(whole.actualHash, whole.expectedHash);

      await edit(path, (text) => text.replace(`"running":31`, `"running":32`));
      const changed = await verifyIntegrity(path);
      assert.equal(changed.ok, false);
      assert.match(changed.message ?? "", /was changed after it was written/);

      await edit(path, (text) => text.replace(/\{"at":3000000,.*\n/, ""));
      const shorter = await verifyIntegrity(path);
      assert.equal(shorter.ok, false);
      assert.match(shorter.message ?? "", /line 201 is a footer for 200 events, after 199$/);
    },
  );

  inTempDir(
    `stateAt() equals the full fold at 100 instants, with and without index, in ${name}`,
    async (dir) => {
      const path = `${dir}/${name}`;
      const events = windowEvents(6000);
      const lastUs = events.at(-1)!.at;
      writeLog(path, events);
      const log = await openLog(path);
      using index = CheckpointIndex.open(log, FOLD, TIGHT);
      const share = (n: number) => ((n * 7919 + 13) % 101) / 100;
      for (let n = 0; n < 100; n += 1) {
        const atUs = Math.floor(lastUs * share(n)) + n % 3 - 1;
        const expected = stateHash(foldUpTo(events, atUs));
        const moment = await stateAt(log, FOLD, atUs, index);
        assert.equal(stateHash(moment.state), expected);
        assert.ok(moment.at <= Math.max(0, atUs));
        if (n % 10 === 0) {
          assert.equal(stateHash((await stateAt(log, FOLD, atUs)).state), expected);
          assert.equal(stateHash((await seek(path, atUs)).state), expected);
        }
      }
      assert.ok(index.size >= 5, `only ${index.size} checkpoints`);
      const end = await stateAt(log, FOLD, Infinity, index);
      assert.deepEqual([end.state.events, end.at, end.ending?.kind], [6000, lastUs, "whole"]);
      assert.equal((await stateAt(log, FOLD, -1, index)).state.events, 0);
    },
  );

  inTempDir(
    `openLog() reads the whole lines when the log is cut anywhere, in ${name}`,
    async (dir) => {
      const path = `${dir}/${name}`;
      const cutPath = `${dir}/cut-${name}`;
      const events = windowEvents(160, 2);
      writeLog(path, events);
      const bytes = await Deno.readFile(path);
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length), async (cut) => {
          await Deno.writeFile(cutPath, bytes.subarray(0, cut));
          const opened = await errorOf(async () => {
            const { state, ending } = await seek(cutPath, Infinity);
            assert.notEqual(ending?.kind, "corrupt");
            // The last 4 bytes of a compressed log are a checksum: all lines are there without it.
            const slack = name.endsWith(".zst") ? 4 : 0;
            assert.equal(ending?.kind === "whole", cut >= bytes.length - slack);
            assert.equal(stateHash(state), stateHash(foldFirst(events, state.events)));
            if (!name.endsWith(".zst")) assert.equal(state.events, wholeEvents(bytes, cut));
            throw new Error("opened");
          });
          if (opened.message === "opened") return;
          if (!(opened instanceof LogFormatError)) throw opened;
          assert.match(opened.message, /the file is empty|its header is cut off|not an mtop log/);
          assert.ok(cut < 400);
        }),
        { numRuns: 150, examples: [[0], [1], [bytes.length - 1], [bytes.length]] },
      );
    },
  );

  inTempDir(
    `openLog() replays half a log with a warning when it was cut in half, in ${name}`,
    async (dir) => {
      const path = `${dir}/${name}`;
      writeLog(path, windowEvents(2000));
      await Deno.truncate(path, Math.floor((await Deno.stat(path)).size / 2));
      const { events, ending } = await readAll(path);
      assert.ok(events.length > 900 && events.length < 1100, `${events.length} events`);
      assert.equal(ending?.kind, "died");
      assert.match(
        ending?.kind === "died" ? ending.message : "",
        /run\.jsonl.* has no footer, .* whole up to line \d+, virtual time \d+ s$/,
      );
      assert.equal((await verifyIntegrity(path)).ok, false);
    },
  );

  inTempDir(
    `LogFileWriter leaves whole lines when it is killed with -9, in ${name}`,
    async (dir) => {
      const path = `${dir}/${name}`;
      const child = spawnChild(`
      const writer = LogFileWriter.open(${JSON.stringify(path)}, HEADER);
      for (let n = 0; ; n += 1) {
        writer.append(encodeEvent(windowEvent(n)));
        if (n % 1000 === 0) writer.flush();
      }`);
      while (((await Deno.stat(path).catch(() => undefined))?.size ?? 0) < 300_000) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      child.kill("SIGKILL");
      await child.output();
      const { events, ending } = await readAll(path);
      assert.equal(ending?.kind, "died");
      assert.ok(events.length > 200);
      assert.deepEqual(events, windowEvents(events.length));
      writeLog(path, windowEvents(3)); // the lock died with the child
      assert.equal((await verifyIntegrity(path)).ok, true);
    },
  );

  inTempDir(`stateAt() shows what is before a damaged place, in ${name}`, async (dir) => {
    const path = `${dir}/${name}`;
    const events = windowEvents(2000);
    writeLog(path, events);
    const bytes = await Deno.readFile(path);
    bytes.fill(0xff, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 300);
    await Deno.writeFile(path, bytes);
    const { state, ending } = await seek(path, Infinity);
    assert.equal(ending?.kind, "corrupt");
    const message = ending?.kind === "corrupt" ? ending.message : "";
    assert.match(message, /: (line \d+ is not an event|its compressed data is damaged.*)$/);
    assert.ok(state.events > 800 && state.events < 1100, `${state.events} events`);
    assert.equal(stateHash(state), stateHash(foldFirst(events, state.events)));
    assert.equal((await verifyIntegrity(path)).message, message);
  });
}

inTempDir("openLog() reads a log that another tool compressed in one piece", async (dir) => {
  const path = `${dir}/run.jsonl`;
  const events = windowEvents(3000);
  writeLog(path, events);
  await Deno.writeFile(path, zstdCompressSync(await Deno.readFile(path))); // nor does the name tell
  const { events: read, ending } = await readAll(path);
  assert.equal(read.length, 3000);
  assert.equal(ending?.kind, "whole");
  assert.equal((await seek(path, events[99]!.at)).state.events, 100);
});

inTempDir("openLog() refuses in one sentence what is no log", async (dir) => {
  const path = `${dir}/x`;
  const sentence = async (content: string | Uint8Array) => {
    await Deno.writeFile(
      path,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    const error = await errorOf(() => openLog(path));
    assert.ok(error instanceof LogFormatError, error.message);
    return error.message.replace(path, "x");
  };
  assert.equal(await sentence(""), `Cannot read "x": the file is empty`);
  const noLog = `Cannot read "x": this is not an mtop log`;
  assert.equal(await sentence("hello\nworld\n"), noLog);
  assert.equal(await sentence(`{"name":"x"}\n`), noLog);
  assert.equal(await sentence(`{"name":`), noLog);
  assert.equal(
    await sentence(await Deno.readFile(Deno.execPath()).then((it) => it.slice(0, 3e6))),
    noLog,
  );
  assert.equal(await sentence(new Uint8Array(3_000_000)), noLog);
  assert.equal(await sentence(zstdCompressSync(new Uint8Array(3_000_000))), noLog);
  assert.equal(await sentence(`{"formatVersion":1,"mt`), `Cannot read "x": its header is cut off`);
  assert.equal(
    await sentence(encodeHeader(HEADER).replace(`n":1,`, `n":7,`) + "\n"),
    `Cannot read "x": written by a newer mtop (format 7, this one reads up to 1)`,
  );
  const bomb = zstdCompressSync(new Uint8Array(200_000_000));
  assert.match(await sentence(bomb), /compressed in one piece of more than 64 MiB/);
});

inTempDir("openLog() says why when there is no file to read", async (dir) => {
  for (
    const [path, reason] of [
      [dir, "it is a directory"],
      [`${dir}/none.jsonl`, "no such file"],
      ["/dev/null", "it is not a regular file"],
    ]
  ) {
    const error = await errorOf(() => openLog(path!));
    assert.ok(error instanceof LogReadError);
    assert.equal(error.message, `Cannot read "${path}": ${reason}`);
  }
});

inTempDir("openLog() ends as corrupt, not out of memory, when a line never ends", async (dir) => {
  const path = `${dir}/run.jsonl`;
  writeLog(path, windowEvents(10), false);
  using file = await Deno.open(path, { append: true });
  await file.truncate((await file.stat()).size + 70 * 1024 * 1024);
  const { events, ending } = await readAll(path);
  assert.equal(events.length, 10);
  assert.match(JSON.stringify(ending), /corrupt.*line is longer than 64 MiB/);
});

inTempDir("LogFileWriter.open() says why when it cannot write", async (dir) => {
  await Deno.writeTextFile(`${dir}/file`, "");
  for (
    const [path, reason] of [
      [dir, "is a directory"],
      [`${dir}/none/run.jsonl`, "no such directory"],
      [`${dir}/file/run.jsonl`, "not a directory"],
    ]
  ) {
    const error = await errorOf(() => LogFileWriter.open(path!, HEADER));
    assert.ok(error instanceof LogWriteError);
    assert.equal(error.message, `Cannot write "${path}": ${reason}`);
  }
});

Deno.test("LogFileWriter.open() says why when the disk is full", async () => {
  // A child, since the system's devices want all permissions.
  const child = spawnChild(`
    try { LogFileWriter.open("/dev/full", HEADER); } catch (error) { console.log(error.message); }`);
  const { stdout } = await child.output();
  const sentence = `Cannot write "/dev/full": no space left on device`;
  assert.equal(new TextDecoder().decode(stdout), sentence + "\n");
});

Deno.test("LogFileWriter writes to a device that is no file", () => {
  using writer = LogFileWriter.open("/dev/null", HEADER);
  writer.append(["a", "b"]);
  writer.flush();
  assert.equal(writer.failed, undefined);
});

inTempDir("LogFileWriter.open() refuses a pipe, which would wait for its reader", async (dir) => {
  const path = `${dir}/pipe`;
  await new Deno.Command("sh", { args: ["-c", `mkfifo "$1"`, "sh", path] }).output();
  const message = `Cannot write "${path}": it is a pipe: use -o ndjson and a redirection`;
  assert.throws(() => LogFileWriter.open(path, HEADER), { message });
});

inTempDir("LogFileWriter.open() leaves a file alone that is no log", async (dir) => {
  const path = `${dir}/notes.txt`;
  await Deno.writeTextFile(path, "dear diary");
  const message = `Cannot write "${path}": it holds something else than an mtop log`;
  assert.throws(() => LogFileWriter.open(path, HEADER), { message });
  assert.equal(await Deno.readTextFile(path), "dear diary");
});

inTempDir(
  "LogFileWriter.open() refuses a second writer and leaves the first one's log whole",
  async (dir) => {
    const path = `${dir}/run.jsonl`;
    const first = LogFileWriter.open(path, HEADER);
    const events = windowEvents(100);
    first.append(events.map(encodeEvent));
    first.flush();
    const child = spawnChild(`
    try { LogFileWriter.open(${
      JSON.stringify(path)
    }, HEADER); } catch (error) { console.log(error.message); }`);
    const { stdout } = await child.output();
    const sentence = `Cannot write "${path}": another process is recording to it`;
    assert.equal(new TextDecoder().decode(stdout), sentence + "\n");
    assert.equal((await errorOf(() => LogFileWriter.open(path, HEADER))).message, sentence);
    first.close();
    assert.equal((await readAll(path)).events.length, 100);
  },
);

inTempDir(
  "CheckpointIndex is rebuilt when it is of another log, another fold, or torn",
  async (dir) => {
    const path = `${dir}/run.jsonl`;
    const events = windowEvents(6000);
    writeLog(path, events);
    const expected = stateHash(foldUpTo(events, Infinity));
    const check = async () => {
      const end = await seek(path, Infinity);
      assert.equal(stateHash(end.state), expected);
      assert.ok(end.checkpoints >= 5, `only ${end.checkpoints} checkpoints`);
      return await Deno.readTextFile(indexPath(path));
    };
    const right = await check();
    for (
      const wrong of [
        right.replace(`"log":"`, `"log":"0`),
        right.replace(`"fold":"`, `"fold":"0`),
        right.replace(`"formatVersion":1`, `"formatVersion":9`),
        right.slice(0, -20),
        right.slice(0, right.indexOf("\n") + 30),
        right.replaceAll(`"order":`, `"odder":`),
        right.replaceAll(`"anchor":"`, `"anchor":"0`),
        right + `{"offset":1`,
        "",
        "\u0000".repeat(5000),
      ]
    ) {
      await Deno.writeTextFile(indexPath(path), wrong);
      const rebuilt = await check();
      assert.equal(rebuilt.split("\n")[0], right.split("\n")[0]);
      for (const atUs of [700_000_000, 1_900_000_000, 2_999_000_000]) {
        const { state } = await seek(path, atUs);
        assert.equal(stateHash(state), stateHash(foldUpTo(events, atUs)));
      }
    }
  },
);

inTempDir(
  "CheckpointIndex is not believed when the log was written anew under the same header",
  async (dir) => {
    const path = `${dir}/run.jsonl`;
    writeLog(path, windowEvents(6000));
    await seek(path, Infinity);
    const index = await Deno.readFile(indexPath(path));
    const events = windowEvents(6000, 21);
    writeLog(path, events);
    assert.deepEqual(
      await errorOf(() => Deno.stat(indexPath(path))).then((it) => it.name),
      "NotFound",
    );
    await Deno.writeFile(indexPath(path), index); // as a copied log finds it
    const atUs = events[5000]!.at;
    assert.equal(stateHash((await seek(path, atUs)).state), stateHash(foldUpTo(events, atUs)));
  },
);

inTempDir("CheckpointIndex is done without when its file cannot be written", async (dir) => {
  const path = `${dir}/run.jsonl`;
  const events = windowEvents(3000);
  writeLog(path, events);
  await Deno.mkdir(indexPath(path));
  const end = await seek(path, Infinity);
  assert.equal(stateHash(end.state), stateHash(foldUpTo(events, Infinity)));
  assert.equal(end.checkpoints, 0);
});

inTempDir("CheckpointIndex stays right when readers share it", async (dir) => {
  const path = `${dir}/run.jsonl`;
  const events = windowEvents(8000);
  writeLog(path, events);
  const instants = [1, 0.2, 0.9, 0.4, 1, 0.7].map((it) => Math.floor(events.at(-1)!.at * it));
  const check = (atUs: number, moment: { state: SampleState }) =>
    assert.equal(stateHash(moment.state), stateHash(foldUpTo(events, atUs)));
  const together = await Promise.all(instants.map((atUs) => seek(path, atUs)));
  together.forEach((moment, n) => check(instants[n]!, moment));
  const after = await seek(path, Infinity);
  check(Infinity, after);
  assert.ok(after.checkpoints >= 5);
  for (const atUs of instants) check(atUs, await seek(path, atUs));
});

function foldFirst(events: readonly WindowEvent[], count: number): SampleState {
  return events.slice(0, count).reduce(FOLD.apply, FOLD.initial());
}

/** Events whose line is whole, newline included, in the first bytes of a log. */
function wholeEvents(bytes: Uint8Array, cut: number): number {
  const text = new TextDecoder().decode(bytes.subarray(0, cut));
  return text.split("\n").slice(1, -1).filter((line) => line.startsWith(`{"at"`)).length;
}

/** Changes a log's text, compressed or not. */
async function edit(path: string, change: (text: string) => string): Promise<void> {
  const text: string[] = [encodeHeader(HEADER)];
  const log = await openLog(path);
  for await (const batch of log.batches()) text.push(...batch.lines);
  const ending = log.ending;
  if (ending?.kind === "whole") text.push(JSON.stringify(ending.footer));
  const changed = change(text.join("\n") + "\n");
  assert.notEqual(changed, text.join("\n") + "\n");
  const bytes = new TextEncoder().encode(changed);
  const written = path.endsWith(".zst") ? zstdCompressSync(bytes) : bytes;
  await Deno.writeFile(path, written);
  if (path.endsWith(".zst")) assert.equal(zstdDecompressSync(written).length, bytes.length);
}

function spawnChild(body: string): Deno.ChildProcess {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { encodeEvent } from ${url("../../src/log/codec.ts")};
    import { LogFileWriter } from ${url("../../src/log/file_writer.ts")};
    import { HEADER, windowEvent } from ${url("../unit/log/sample_log.ts")};
    void [encodeEvent, windowEvent];
    ${body}`;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", "--config", config, "--ext=ts", program],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}
