import assert from "node:assert/strict";
import { FakeSource } from "./fake_source.ts";
import { session } from "./session.ts";

Deno.test("liveTable() draws on, and q ends it", async () => {
  const end = await session(async ({ screen }) => {
    await screen.until(/fake {2}[1-9]\d*s of/);
  });
  assert.equal(end, "quit");
});

Deno.test("liveTable() pauses, steps a second, and goes on", async () => {
  await session(async ({ screen, source }) => {
    await screen.until(/[3-9]s of/);
    screen.user.typed(" ");
    await screen.until(/PAUSED/);
    const { nowUs } = source;
    screen.user.typed(".");
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(source.nowUs, nowUs + 1_000_000);
    const frames = screen.frames.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(screen.frames.length, frames, "nothing happens while it is paused");
    screen.user.typed(" ");
    await screen.until(/of 30m00s 100x/);
    assert.ok(source.nowUs > nowUs);
  });
});

Deno.test("liveTable() sorts, reverses and shows it in the head", async () => {
  await session(async ({ screen }) => {
    await screen.until(/NAME▲/);
    screen.user.typed("T");
    await screen.until(/▼TTFTp95/);
    screen.user.typed("r");
    await screen.until(/▲TTFTp95/);
  });
});

Deno.test("liveTable() shows the help, and Esc leaves it", async () => {
  await session(async ({ screen }) => {
    await screen.until(/q quit/);
    screen.user.typed("?");
    await screen.until(/Keys\n/);
    screen.user.typed("\x1b");
    await screen.until(/NAME▲/);
  });
});

Deno.test("liveTable() draws for the new size when it changes", async () => {
  await session(async ({ screen }) => {
    await screen.until(/q quit/);
    screen.size = { columns: 40, rows: 10 };
    screen.user.resized();
    await screen.until(/^.{1,40}\n/);
    assert.equal(screen.last.split("\n").length, 10);
  }, { refreshMs: 60_000 });
});

Deno.test("liveTable() stays on the last frame of a source that ended, until q", async () => {
  const source = new FakeSource({ endUs: 2_000_000 });
  const end = await session(async ({ screen }) => {
    await screen.until(/2s of 30m00s ENDED/);
  }, { source });
  assert.equal(end, "quit");
});

Deno.test("liveTable() ends with a signal, and with Ctrl-C as if it were one", async () => {
  const ctrlC = await session(async ({ screen }) => {
    await screen.until(/q quit/);
    screen.user.typed("\x03");
  });
  assert.equal(ctrlC, "SIGINT");
  const killed = await session(async ({ screen }) => {
    await screen.until(/q quit/);
    screen.user.signalled("SIGTERM");
  });
  assert.equal(killed, "SIGTERM");
});

Deno.test("liveTable() ends when its terminal is gone", async () => {
  const end = await session(async ({ screen, ended }) => {
    screen.gone = true;
    await ended;
  });
  assert.equal(end, "quit");
});

Deno.test("liveTable() answers keys while a source is too slow for its speed", async () => {
  const source = new FakeSource({ slowUs: 1 });
  const end = await session(async ({ screen }) => {
    screen.user.typed("?");
    await screen.until(/Keys\n/);
  }, { source, speed: Infinity });
  assert.equal(end, "quit");
});

Deno.test("liveTable() draws no more than 30 frames a second, however fast the keys", async () => {
  await session(async ({ screen }) => {
    await screen.until(/q quit/);
    const before = screen.frames.length;
    const startMs = performance.now();
    while (performance.now() - startMs < 300) {
      screen.user.typed("r");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const seconds = (performance.now() - startMs) / 1000;
    assert.ok(screen.frames.length - before <= Math.ceil(31 * seconds), `${screen.frames.length}`);
  }, { refreshMs: 60_000 });
});
