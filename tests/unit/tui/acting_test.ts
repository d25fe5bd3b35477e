// What a user does about rollouts in the live table, key by key.

import assert from "node:assert/strict";
import type { Act } from "../../../src/fleet/acts.ts";
import type { Fact } from "../../../src/fleet/events.ts";
import { applied, service, stateOf } from "../view/sample_fleet.ts";
import { FakeSource } from "./fake_source.ts";
import { session } from "./session.ts";

const SECOND = 1_000_000;
const NAMES = ["chat", "code"];

const step = (name: string): Fact<"step"> => ({
  ...{ kind: "step", rollout: `${name} roll`, service: name, step: 1, steps: 4 },
  ...{ about: "pause", phase: "Paused", aborted: false, message: "" },
});

/** Two canaries that stand in a pause. */
function fleet() {
  return stateOf([
    ...NAMES.map((name) => [0, applied(service(name))] as const),
    ...NAMES.map((name, index) => [index * SECOND, step(name)] as const),
  ]);
}

const POSSIBLE: readonly Act[] = ["promote", "promoteFull", "abort", "pauseRollout", "undo"];

/** A source that remembers what was done, and when. */
class Acted extends FakeSource {
  readonly done: string[];
  readonly atUs: number[] = [];

  constructor(possible: readonly Act[] = POSSIBLE, faults: readonly string[] = []) {
    const done: string[] = [];
    super({
      state: fleet(),
      hand: {
        possible: () => possible,
        act: (rollout, act) => {
          done.push(`${act} ${rollout}`);
          this.atUs.push(this.nowUs);
          return possible.includes(act) ? `said ${act}` : `Cannot ${act} the rollout`;
        },
        faults: () => faults,
        begin: (fault) => {
          done.push(`begin ${fault}`);
          return `said begin ${fault}`;
        },
      },
    });
    this.done = done;
  }
}

Deno.test("p promotes the rollout that is marked, and says so", async () => {
  const source = new Acted();
  await session(async ({ screen }) => {
    await screen.until(/p promote {2}P full {2}a abort/);
    screen.user.typed("p");
    await screen.until(/^said promote$/m);
    // Until the next key.
    screen.user.typed("T");
    await screen.until(/▼TTFTp95/);
    assert.doesNotMatch(screen.last, /said/);
  }, { source });
  assert.deepEqual(source.done, ["promote chat roll"]);
});

Deno.test("a asks before it aborts, time stands still meanwhile, and y aborts then and there", async () => {
  const source = new Acted();
  await session(async ({ screen }) => {
    await screen.until(/a abort/);
    screen.user.typed("a");
    await screen.until(/^Abort the rollout of chat\? {2}y yes {2}n no$/m);
    assert.match(screen.last, /PAUSED/);
    const { nowUs } = source;
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual([source.nowUs, source.done], [nowUs, []]);
    screen.user.typed("y");
    await screen.until(/^said abort$/m);
    assert.deepEqual(source.atUs, [nowUs]);
    await screen.until(/^mtop fake .* 100x/);
    assert.doesNotMatch(screen.last, /PAUSED/);
  }, { source });
  assert.deepEqual(source.done, ["abort chat roll"]);
});

Deno.test("n, Esc, Enter and q keep the rollout, and no other key answers", async () => {
  const source = new Acted();
  await session(async ({ screen }) => {
    for (const no of ["n", "\x1b", "\r", "q"]) {
      await screen.until(/a abort/);
      screen.user.typed("P");
      await screen.until(/^Promote in full the rollout of chat\?/m);
      screen.user.typed(`u?${no}`);
    }
    await screen.until(/a abort/);
  }, { source });
  assert.deepEqual(source.done, []);
});

Deno.test("Tab marks the next rollout, and what is pressed then is about that one", async () => {
  const source = new Acted();
  await session(async ({ screen }) => {
    await screen.until(/^▸ chat[^]*tab next/m);
    screen.user.typed("\t");
    await screen.until(/^▸ code/m);
    screen.user.typed("p");
    await screen.until(/said promote/);
    screen.user.typed("u");
    await screen.until(/^Undo the rollout of code\?/m);
    screen.user.typed("y");
    await screen.until(/said undo/);
    screen.user.typed("\t");
    await screen.until(/^▸ chat/m);
  }, { source });
  assert.deepEqual(source.done, ["promote code roll", "undo code roll"]);
});

Deno.test("what cannot be done is not asked about: the reason is to be read at once", async () => {
  const source = new Acted(["retry"]);
  await session(async ({ screen }) => {
    await screen.until(/b retry/);
    assert.doesNotMatch(screen.last, /a abort|p promote/);
    screen.user.typed("a");
    await screen.until(/^Cannot abort the rollout$/m);
  }, { source });
  assert.deepEqual(source.done, ["abort chat roll"]);
});

Deno.test("without rollouts, or over what nobody has a hand in, a key says that", async () => {
  await session(async ({ screen }) => {
    await screen.until(/q quit/);
    assert.doesNotMatch(screen.last, /promote|ROLLOUT/);
    screen.user.typed("p");
    await screen.until(/^Cannot promote a rollout: none has begun$/m);
  });
  await session(async ({ screen }) => {
    await screen.until(/ROLLOUT/);
    screen.user.typed("p");
    await screen.until(/^Cannot promote the rollout: fake is only to be looked at$/m);
  }, { source: new FakeSource({ state: fleet() }) });
});

Deno.test("F asks which fault is to begin, and a digit begins it", async () => {
  const source = new Acted([], ["xid79", "noise"]);
  await session(async ({ screen }) => {
    await screen.until(/F fault/);
    screen.user.typed("F");
    await screen.until(/^Begin which fault\? {2}1 xid79 {2}2 noise {2}n no$/m);
    screen.user.typed("n");
    await screen.until(/F fault/);
    screen.user.typed("F");
    await screen.until(/^Begin/m);
    screen.user.typed("32");
    await screen.until(/^said begin noise$/m);
  }, { source });
  assert.deepEqual(source.done, ["begin noise"]);
});

Deno.test("F says of how many faults it asks about the first, where digits are too few", async () => {
  const source = new Acted([], Array.from({ length: 12 }, (_, place) => `kill-${place + 1}`));
  await session(async ({ screen }) => {
    await screen.until(/F fault/);
    screen.user.typed("F");
    await screen.until(/^Begin which fault, of the first 9 of 12\?[^]*\b9 kill-9[^]*n no$/m);
    screen.user.typed("n");
  }, { source });
});

Deno.test("F says where no fault is left", async () => {
  await session(async ({ screen }) => {
    await screen.until(/q quit/);
    assert.doesNotMatch(screen.last, /F fault/);
    screen.user.typed("F");
    await screen.until(/^Cannot begin a fault: there is none that waits for its time$/m);
  });
});
