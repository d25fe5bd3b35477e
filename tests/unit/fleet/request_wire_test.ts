import assert from "node:assert/strict";
import {
  disturb,
  NetworkPath,
  type PathEffect,
  type Reachable,
  undisturb,
} from "../../../src/fleet/network_path.ts";
import { Wire } from "../../../src/fleet/request_wire.ts";
import { SharedLink } from "../../../src/serving/shared_link.ts";
import { Clock } from "../../../src/sim/clock.ts";

const SECOND = 1_000_000;

const NEW = {
  request: { promptTokens: 250, outputTokens: 1, warmup: false, kind: {}, content: undefined },
  sinceUs: 0,
};

/** What became of a request of 1,000 bytes that is sent at 0, and when. */
function send(effects: readonly PathEffect[], { untilUs = Infinity, healUs = Infinity } = {}) {
  const clock = new Clock();
  const wire = new Wire(clock);
  const pod: Reachable = { path: undefined };
  for (const effect of effects) disturb(pod, effect);
  const told: [string, number][] = [];
  const tell = (what: string) => told.push([what, clock.nowUs]);
  wire.send(pod, {
    ...NEW,
    bytes: 1_000,
    untilUs,
    arrive: ({ lateUs }) => tell(`arrived ${lateUs}`),
    giveUp: () => tell("given up"),
    unreachable: () => tell("unreachable"),
  });
  const before = wire.underWay;
  if (healUs < Infinity) {
    clock.at(healUs, () => {
      for (const effect of effects) undisturb(pod, effect);
    });
  }
  clock.runUntil(600 * SECOND);
  assert.deepEqual([before, wire.underWay], [told[0]?.[1] === 0 ? 0 : 1, 0]);
  return told;
}

/** Loses so many packets, then none. */
function losing(count: number): PathEffect {
  let left = count;
  return { isLost: () => left-- > 0 };
}

Deno.test("Wire takes what each effect says for each way", () => {
  assert.deepEqual(send([{ delayUs: () => 300 }, { delayUs: () => 50 }]), [["arrived 350", 350]]);
  assert.deepEqual(send([]), [["arrived 0", 0]]);
});

Deno.test("Wire sends a lost packet again after 200 ms, then after twice that", () => {
  assert.deepEqual(send([losing(1)]), [["arrived 0", 200_000]]);
  assert.deepEqual(send([losing(3)]), [["arrived 0", 1_400_000]]);
});

Deno.test("Wire shares a narrow link, and what is narrower still comes after it", () => {
  const clock = new Clock();
  const link = (gigabytesPerSecond: number) =>
    new SharedLink(clock, { gigabytesPerSecond, latencyUs: 0 });
  const pod: Reachable = { path: undefined };
  disturb(pod, { link: link(0.001) });
  disturb(pod, { link: link(0.0005) });
  const times: number[] = [];
  const wire = new Wire(clock);
  wire.send(pod, {
    ...{ ...NEW, bytes: 1_000, untilUs: Infinity, giveUp: assert.fail, unreachable: assert.fail },
    arrive: () => times.push(clock.nowUs),
  });
  clock.runUntil(SECOND);
  assert.deepEqual(times, [3_000]);
});

Deno.test("Wire finds no connection over a path that is cut, for 5 s", () => {
  assert.deepEqual(send([{ cut: true }]), [["unreachable", 5 * SECOND]]);
});

Deno.test("Wire goes on with the next SYN when the network is back", () => {
  assert.deepEqual(send([{ cut: true }], { healUs: 1_500_000 }), [["arrived 0", 3 * SECOND]]);
});

Deno.test("Wire gives up with whoever waits", () => {
  assert.deepEqual(send([{ cut: true }], { untilUs: SECOND / 2 }), [["given up", SECOND / 2]]);
  assert.deepEqual(send([{ delayUs: () => SECOND }], { untilUs: 400 }), [["given up", 400]]);
});

Deno.test("NetworkPath has tokens wait for the one that was lost before them", () => {
  // Of five packets 50 ms apart after the first the second is lost once: at 100 + 200 ms it is there, with
  // the third and the fourth; the fifth comes at 300 ms too, behind nobody.
  const drawn = [false, true, false, false, false, false];
  const path = new NetworkPath();
  let draw = 0;
  path.add({ isLost: () => drawn[draw++] ?? false });
  const { stallsUs } = path.back();
  draw = 0;
  assert.deepEqual(stallsUs!(5, 50_000), [250_000]);
  // Before that `back` drew for the first packet.
  assert.equal(new NetworkPath().back().stallsUs, undefined);
});
