import assert from "node:assert/strict";
import {
  DEFAULT_BAND,
  DEFAULT_TTL_US,
  FlowControl,
  type FlowPlan,
} from "../../../../src/fleet/picker/flow_control.ts";
import { Clock } from "../../../../src/sim/clock.ts";
import { request } from "./picker_rig.ts";

const PLAN: FlowPlan = {
  ttlUs: DEFAULT_TTL_US,
  maxRequests: 0,
  maxBytes: 0,
  bands: {},
  defaultBand: DEFAULT_BAND,
};

/** A pool that takes `room` requests more; `told` is what became of each, by its prompt's length. */
function rig(plan: Partial<FlowPlan> = {}) {
  const clock = new Clock();
  const pool = { room: 0, empty: false, looks: 0 };
  const told: string[] = [];
  let next = 0;
  const flow = new FlowControl({ ...PLAN, ...plan }, clock, {
    isOpen: () => pool.room > 0,
    isEmpty: () => pool.empty,
    nextLookUs: (nowUs) => {
      pool.looks++;
      return nowUs + 50_000;
    },
    dispatch: ({ promptTokens }, arrivedUs) => {
      pool.room--;
      told.push(`${promptTokens} sent after ${(clock.nowUs - arrivedUs) / 1000}`);
    },
    refuse: ({ promptTokens }, { status, reason }) =>
      void told.push(`${promptTokens} ${status} ${reason}`),
    giveUp: ({ promptTokens }) => void told.push(`${promptTokens} given up`),
  });
  /** Requests are numbered from 1 by their prompts' tokens. */
  const send = (kind = {}) => flow.submit(request({ promptTokens: ++next, kind }));
  const sent = () => told.map((text) => Number.parseInt(text));
  return { clock, pool, flow, told, send, sent };
}

Deno.test("FlowControl.submit() sends at once while the pool takes requests", () => {
  const { pool, send, told, flow } = rig();
  pool.room = 2;
  send();
  send();
  assert.deepEqual([told, flow.waiting], [["1 sent after 0", "2 sent after 0"], 0]);
});

Deno.test("FlowControl sends those that waited when metrics are read again", () => {
  const { pool, send, told, clock } = rig();
  send();
  clock.runUntil(60_000);
  pool.room = 9;
  clock.runUntil(99_999);
  assert.deepEqual(told, []);
  clock.runUntil(100_000);
  assert.deepEqual(told, ["1 sent after 100"]);
});

Deno.test("FlowControl looks again only while somebody waits", () => {
  const { pool, send, clock } = rig();
  pool.room = 1;
  send();
  clock.runUntil(1_000_000);
  assert.equal(pool.looks, 0);
  send();
  clock.runUntil(1_110_000);
  assert.equal(pool.looks, 3);
  pool.room = 1;
  clock.runUntil(2_000_000);
  assert.equal(pool.looks, 3);
});

Deno.test("FlowControl sends the highest objective first, and the earliest of it", () => {
  const { pool, send, flow, sent } = rig();
  for (const objective of [0, -1, 5, 0, 5]) send({ objective });
  send();
  pool.room = 9;
  flow.look();
  assert.deepEqual(sent(), [3, 5, 1, 4, 6, 2]);
});

Deno.test("FlowControl takes flows by arrival when it is global-strict", () => {
  const { pool, send, flow, sent } = rig();
  for (const fairnessId of ["a", "a", "a", "b", "c"]) send({ fairnessId });
  pool.room = 9;
  flow.look();
  assert.deepEqual(sent(), [1, 2, 3, 4, 5]);
});

Deno.test("FlowControl takes flows in turn when it is round-robin", () => {
  const { pool, send, flow, sent } = rig({
    defaultBand: { ...DEFAULT_BAND, fairness: "round-robin" },
  });
  for (const fairnessId of ["b", "b", "b", "b", "a", "c", "a"]) send({ fairnessId });
  pool.room = 9;
  flow.look();
  assert.deepEqual(sent(), [5, 1, 6, 7, 2, 3, 4]);
});

Deno.test("FlowControl turns away who waited as long as it may", () => {
  const { clock, send, told, pool, flow } = rig();
  send();
  clock.runUntil(DEFAULT_TTL_US - 1);
  pool.empty = true;
  send();
  assert.deepEqual([told, flow.waiting], [[], 2]);
  pool.empty = false;
  clock.runUntil(DEFAULT_TTL_US);
  assert.deepEqual(told, ["1 429 rejected-ttl-expired"]);
  pool.empty = true;
  clock.runUntil(3 * DEFAULT_TTL_US);
  assert.deepEqual(told, ["1 429 rejected-ttl-expired", "2 503 rejected-no-endpoints"]);
  assert.equal(flow.waiting, 0);
});

Deno.test("FlowControl lets go of who gave up before", () => {
  const { clock, send, told } = rig();
  send({ timeoutUs: 5_000_000 });
  send({ timeoutUs: DEFAULT_TTL_US + 1 });
  clock.runUntil(5_000_000);
  assert.deepEqual(told, ["1 given up"]);
  clock.runUntil(DEFAULT_TTL_US);
  assert.deepEqual(told.at(-1), "2 429 rejected-ttl-expired");
});

Deno.test("FlowControl keeps requests for ever when it has no TTL", () => {
  const { clock, send, flow } = rig({ ttlUs: 0 });
  send();
  clock.runUntil(10 * DEFAULT_TTL_US);
  assert.equal(flow.waiting, 1);
});

Deno.test("FlowControl.submit() turns away what a band, or all of them, cannot hold", () => {
  const small = rig({ defaultBand: { ...DEFAULT_BAND, maxRequests: 2 } });
  for (let index = 0; index < 3; index++) small.send();
  small.send({ objective: 1 });
  assert.deepEqual(small.told, ["3 429 rejected-saturated"]);
  const all = rig({ maxRequests: 2 });
  for (const objective of [0, 1, 2]) all.send({ objective });
  assert.deepEqual(all.told, ["3 429 rejected-saturated"]);
  // Four bytes a token: prompts of 1, 2 and 3 tokens are 24 bytes.
  const bytes = rig({ defaultBand: { ...DEFAULT_BAND, maxBytes: 23 } });
  for (let index = 0; index < 3; index++) bytes.send();
  assert.deepEqual(bytes.told, ["3 429 rejected-saturated"]);
});

Deno.test("FlowControl gives a priority the band it is configured with", () => {
  const { send, told } = rig({ bands: { "-1": { ...DEFAULT_BAND, maxRequests: 1 } } });
  for (const objective of [-1, 0, -1, 0]) send({ objective });
  assert.deepEqual(told, ["3 429 rejected-saturated"]);
});

Deno.test("FlowControl.shutDown() turns everybody away", () => {
  const { clock, flow, send, told } = rig();
  send();
  send({ objective: 1 });
  flow.shutDown();
  assert.deepEqual(told, ["2 503 rejected-shutting-down", "1 503 rejected-shutting-down"]);
  clock.runUntil(2 * DEFAULT_TTL_US);
  assert.equal(told.length, 2);
});

Deno.test("FlowControl does not look at an empty pool until somebody says that it is another", () => {
  const { pool, send, told, clock, flow } = rig();
  pool.empty = true;
  send();
  clock.runUntil(30_000_000);
  assert.equal(pool.looks, 0);
  pool.empty = false;
  pool.room = 1;
  flow.look();
  assert.deepEqual(told, ["1 sent after 30000"]);
});

Deno.test("FlowControl tells of every request that has to wait, and of none that is sent at once", () => {
  const { pool, send, flow } = rig();
  let waits = 0;
  flow.onWait = () => void waits++;
  pool.room = 1;
  send();
  assert.equal(waits, 0);
  send();
  send();
  assert.equal(waits, 2);
});
