import assert from "node:assert/strict";
import { Endpoints, REFRESH_US } from "../../../../src/fleet/picker/endpoints.ts";
import { fakePod, membersOf } from "./picker_rig.ts";

Deno.test("Endpoints.refresh() reads once an interval, and what was read stands until the next", () => {
  const pod = fakePod("a", { waiting: 1 });
  const endpoints = new Endpoints();
  endpoints.update(membersOf([pod]), 0);
  assert.equal(endpoints.refresh(10), true);
  pod.told.waiting = 5;
  assert.equal(endpoints.refresh(REFRESH_US - 1), false);
  assert.equal(endpoints.waiting[0], 1);
  assert.equal(endpoints.refresh(REFRESH_US), true);
  assert.equal(endpoints.waiting[0], 5);
  assert.equal(endpoints.nextRefreshUs(REFRESH_US + 7), 2 * REFRESH_US);
});

Deno.test("Endpoints.refresh() leaves the metrics of who does not answer as they were, and stale", () => {
  const [dead, frozen, well] = [fakePod("a"), fakePod("b"), fakePod("c")];
  const endpoints = new Endpoints();
  endpoints.update(membersOf([dead, frozen, well]), 0);
  endpoints.refresh(0);
  for (const pod of [dead, frozen, well]) pod.told.running = 9;
  dead.alive = false;
  frozen.told.frozen = true;
  const nowUs = 2_000_001;
  endpoints.refresh(nowUs);
  assert.deepEqual([...endpoints.running.subarray(0, 3)], [0, 0, 9]);
  const stale = [0, 1, 2].map((slot) => endpoints.isStale(slot, 2_000_000, nowUs));
  assert.deepEqual(stale, [true, true, false]);
});

Deno.test("Endpoints.update() keeps a pod's slot until it is gone, then gives it to another", () => {
  const [a, b, c] = [fakePod("a"), fakePod("b"), fakePod("c")];
  const endpoints = new Endpoints();
  const forgotten: number[] = [];
  endpoints.onForget((slot) => forgotten.push(slot));
  const pool = () => [...endpoints.pool.slots.subarray(0, endpoints.pool.count)];
  endpoints.update(membersOf([a, b]), 0);
  endpoints.update(membersOf([b]), 1);
  assert.deepEqual([pool(), forgotten], [[1], []]);
  endpoints.update(membersOf([a, b]), 2);
  assert.deepEqual(pool(), [0, 1]);
  a.gone = true;
  endpoints.update(membersOf([b, c]), 3);
  assert.deepEqual([pool(), forgotten], [[1, 0], [0]]);
  assert.equal(endpoints.pod(0), c);
});

Deno.test("Endpoints.update() keeps the slot of a pod whose requests have not all ended", () => {
  const [a, b] = [fakePod("a"), fakePod("b")];
  const endpoints = new Endpoints();
  endpoints.update(membersOf([a]), 0);
  endpoints.requests[0] = 1;
  a.gone = true;
  endpoints.update(membersOf([b]), 1);
  assert.deepEqual(endpoints.pod(1), b);
  endpoints.requests[0] = 0;
  endpoints.update(membersOf([b]), 2);
  endpoints.update(membersOf([b, fakePod("c")]), 3);
  assert.equal(endpoints.pod(0).name, "c");
});

Deno.test("Endpoints.update() forgets a pod that was away when upstream looks", () => {
  const pod = fakePod("a");
  const endpoints = new Endpoints();
  const forgotten: number[] = [];
  endpoints.onForget((slot) => forgotten.push(slot));
  const away = (fromS: number, toS: number) => {
    endpoints.update([], fromS * 1e6);
    endpoints.update(membersOf([pod]), toS * 1e6);
  };
  endpoints.update(membersOf([pod]), 0);
  away(10, 119);
  assert.deepEqual(forgotten, []);
  away(119, 121);
  assert.deepEqual(forgotten, [0]);
});

Deno.test("Endpoints.update() takes as many pods as there are", () => {
  const pods = Array.from({ length: 100 }, (_, index) => fakePod(`${index}`, { waiting: index }));
  const endpoints = new Endpoints();
  endpoints.update(membersOf(pods), 0);
  endpoints.refresh(0);
  assert.deepEqual([...endpoints.waiting.subarray(0, 100)], [...pods.keys()]);
});
