import assert from "node:assert/strict";
import { least, most } from "../../../src/scenario/bisect.ts";
import fc from "../../fast_check.ts";

/** Asks about values, and keeps what was asked. */
function asking(holds: (value: number) => boolean) {
  const asked: number[] = [];
  const ask = (value: number) => {
    asked.push(value);
    return Promise.resolve(holds(value));
  };
  return { asked, ask };
}

Deno.test("least() finds the least that holds wherever it begins, and asks each value once", async () => {
  const size = fc.integer({ min: 1, max: 64 });
  await fc.assert(fc.asyncProperty(size, size, async (threshold, start) => {
    const { asked, ask } = asking((value) => value >= threshold);
    assert.equal(await least(ask, start, 64), threshold);
    assert.equal(new Set(asked).size, asked.length);
    assert.ok(asked.length <= 13, `${asked}`);
    assert.ok(asked.every((value) => value >= 1 && value <= 64));
  }));
});

Deno.test("least() finds nothing where not even the largest holds, having tried it", async () => {
  const { asked, ask } = asking(() => false);
  assert.equal(await least(ask, 3, 20), undefined);
  assert.deepEqual(asked, [3, 6, 12, 20]);
  const larger = asking(() => true);
  assert.equal(await least(larger.ask, 99, 4), 1);
});

Deno.test("most() finds the most that holds to within its precision, with what fails above it", async () => {
  const rate = fc.double({ min: 1, max: 500, noNaN: true });
  await fc.assert(fc.asyncProperty(rate, rate, async (threshold, start) => {
    const { asked, ask } = asking((value) => value <= threshold);
    const { found, fails } = await most(ask, start, 0.02);
    assert.ok(found! <= threshold && fails! > threshold, `${found} ${threshold} ${fails}`);
    // Three digits are as far apart as 1 %.
    assert.ok(fails! / found! <= 1.0201 + 0.01, `${fails! / found!}`);
    assert.equal(new Set(asked).size, asked.length);
    assert.ok(asked.length < 20);
  }));
});

Deno.test("most() says when nothing holds, and when nothing fails, within a factor of 1024", async () => {
  const none = await most(asking(() => false).ask, 10, 0.02);
  assert.deepEqual([none.found, none.fails! < 0.02], [undefined, true]);
  const all = await most(asking(() => true).ask, 10, 0.02);
  assert.deepEqual([all.found! > 10_000, all.fails], [true, undefined]);
});
