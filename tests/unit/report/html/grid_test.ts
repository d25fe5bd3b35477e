import { ok, strictEqual } from "node:assert/strict";
import { gridOf, instantUs, MOST_PODS, MOST_REVISIONS } from "../../../../src/report/html/grid.ts";
import {
  binAt,
  indexAfter,
  indexAt,
  instantsOf,
} from "../../../../src/report/html/page/instant.js";
import fc from "../../../fast_check.ts";

const SECOND = 1_000_000;

Deno.test("gridOf() draws a run of half an hour in bins of 5 s and scrubs through each", () => {
  const grid = gridOf({ endUs: 1800 * SECOND, revisions: 2, pods: 5 });
  strictEqual(grid.binUs, 5 * SECOND);
  strictEqual(grid.bins, 360);
  strictEqual(grid.strideBins, 1);
  strictEqual(grid.instants, 361);
});

Deno.test("gridOf() keeps every page within a million numbers or so, whatever the log holds", () => {
  fc.assert(fc.property(
    fc.integer({ min: 0, max: 2 ** 53 - 1 }),
    fc.integer({ min: 0, max: MOST_REVISIONS }),
    fc.integer({ min: 0, max: 1_000_000 }),
    (endUs, revisions, pods) => {
      const { bins, binUs, instants, strideBins } = gridOf({ endUs, revisions, pods });
      ok(bins >= 1 && bins <= 360);
      ok(bins * binUs >= endUs && (bins - 1) * binUs <= endUs);
      ok(bins * revisions * 25 <= 1_000_000);
      ok(instants * Math.min(pods, MOST_PODS) * 3 <= 1_100_000);
      strictEqual(instants, Math.ceil(bins / strideBins) + 1);
    },
  ));
});

Deno.test("instantsOf() of the page are the instants that the collector took pods at", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), fc.integer({ max: 9_000 }), (endUs, pods) => {
      const grid = gridOf({ endUs, revisions: 1, pods: Math.abs(pods) });
      const instants = instantsOf({ endUs, ...grid });
      strictEqual(instants.length, grid.instants);
      for (const [index, at] of instants.entries()) strictEqual(at, instantUs(grid, index, endUs));
      strictEqual(instants.at(-1), endUs);
    }),
  );
});

Deno.test("indexAt() and indexAfter() enclose a time, binAt() is the last bin that ended", () => {
  const data = { endUs: 12 * SECOND, binUs: 5 * SECOND, bins: 3, strideBins: 1 };
  const instants = instantsOf(data);
  strictEqual(String(instants), "0,5000000,10000000,12000000");
  for (
    const [at, before, after, bin] of [[0, 0, 0, -1], [1, 0, 1, -1], [5, 1, 1, 0], [11, 2, 3, 1]]
  ) {
    strictEqual(indexAt(instants, at! * SECOND), before);
    strictEqual(indexAfter(instants, at! * SECOND), after);
    strictEqual(binAt(data, at! * SECOND), bin);
  }
  strictEqual(binAt(data, data.endUs), 2);
  strictEqual(indexAfter(instants, 99 * SECOND), 3);
});
