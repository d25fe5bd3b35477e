import assert from "node:assert/strict";
import {
  formatCount,
  formatInstant,
  formatPpm,
  formatRate,
  formatUs,
  formatUsd,
  UNKNOWN,
} from "../../../src/view/format.ts";
import fc from "../../fast_check.ts";

const SECOND = 1_000_000;

function texts<T>(format: (value: T) => string, cases: readonly (readonly [T, string])[]): void {
  for (const [value, text] of cases) assert.equal(format(value), text, `${value}`);
}

Deno.test("formatUs() has three digits and the unit that suits", () => {
  texts(formatUs, [
    [0, "0µs"],
    [1, "1µs"],
    [999, "999µs"],
    [1000, "1ms"],
    [1234, "1.23ms"],
    [41_300, "41.3ms"],
    [999_499, "999ms"],
    [999_500, "1s"],
    [999_949, "1s"],
    [1_520_000, "1.52s"],
    [9_994_999, "9.99s"],
    [9_999_499, "10s"],
    [9_999_500, "10s"],
    [11_940_000, "11.9s"],
    [59_940_000, "59.9s"],
  ]);
});

Deno.test("formatUs() rounds to the second from a minute on, and never back", () => {
  texts(formatUs, [
    [59_960_000, "1m00s"],
    [60_000_000, "1m00s"],
    [61_600_000, "1m02s"],
    [3599.6 * SECOND, "1h00m00s"],
    [3725 * SECOND, "1h02m05s"],
  ]);
});

Deno.test("formatUs() never shows less for more", () => {
  const us = fc.oneof(fc.nat(2000), fc.nat(20_000_000), fc.nat(10_000_000_000));
  const back = (text: string) =>
    [...text.matchAll(/([\d.]+)(h|ms|m|s|µs)/g)].reduce(
      (sum, [, value, unit]) =>
        sum + Number(value) * { h: 3600e6, m: 60e6, s: 1e6, ms: 1e3, µs: 1 }[unit as "h"]!,
      0,
    );
  fc.assert(fc.property(us, us, (a, b) => {
    const [less, more] = [Math.min(a, b), Math.max(a, b)];
    assert.ok(back(formatUs(less)) <= back(formatUs(more)));
    assert.ok(Math.abs(back(formatUs(a)) - a) <= Math.max(1, a * 0.0101), formatUs(a));
  }));
});

Deno.test("formatInstant() is a time to the second, rounded down", () => {
  texts(formatInstant, [
    [0, "0s"],
    [999_999, "0s"],
    [59_999_999, "59s"],
    [60 * SECOND, "1m00s"],
    [750 * SECOND, "12m30s"],
    [3600 * SECOND, "1h00m00s"],
    [100 * 3600 * SECOND, "100h00m00s"],
  ]);
});

Deno.test("formatPpm() is a percentage of up to two decimals", () => {
  texts(formatPpm, [
    [0, "0%"],
    [800, "0.08%"],
    [999_199, "99.92%"],
    [1_000_000, "100%"],
    [125_000, "12.5%"],
  ]);
});

Deno.test("formatCount() sets thousands apart", () => {
  texts(formatCount, [
    [0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [43_210, "43,210"],
    [1_234_567, "1,234,567"],
  ]);
});

Deno.test("formatRate() has three digits, or whole thousands", () => {
  texts(formatRate, [[0, "0"], [0.1234, "0.123"], [23.94, "23.9"], [99.96, "100"]]);
  texts(formatRate, [[100.4, "100"], [5269.7, "5,270"]]);
});

Deno.test("formatters write what is unknown as -, and 0 as 0", () => {
  for (const format of [formatUs, formatPpm, formatCount, formatRate]) {
    assert.equal(format(undefined), UNKNOWN);
    assert.notEqual(format(0), UNKNOWN);
  }
});

Deno.test("formatUsd() has cents from a dime on, below that two digits that count", () => {
  const cases: [number | undefined, string][] = [
    [undefined, "-"],
    [0, "$0.00"],
    [0.00412, "$0.0041"],
    [0.832, "$0.83"],
    [4.09625, "$4.10"],
    [1234567.891, "$1,234,567.89"],
  ];
  for (const [usd, text] of cases) assert.equal(formatUsd(usd), text);
});
