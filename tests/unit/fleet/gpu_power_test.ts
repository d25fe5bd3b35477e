// Power shares against the file they come from, and the energy of a made-up hour by hand.
import assert from "node:assert/strict";
import { joulesOf, POWER_SHARES } from "../../../src/fleet/gpu_power.ts";
import { findGpu } from "../../../src/serving/gpus.ts";
import { isPresent, readText, shared } from "../serving/shared_data.ts";

const HOUR = 3_600_000_000;
const H100 = findGpu("H100-SXM")!;

Deno.test("joulesOf() weighs prefill, decode and idle time by the power limit", () => {
  const shares = POWER_SHARES;
  const joules = joulesOf(H100, { heldUs: HOUR, busyUs: HOUR / 2, prefillUs: HOUR / 4 });
  const hours = shares.prefill / 4 + shares.decode / 4 + shares.idle / 2;
  assert.ok(Math.abs(joules - 700 * 3600 * hours) < 1e-6);
  const idle = joulesOf(H100, { heldUs: HOUR, busyUs: 0, prefillUs: 0 });
  assert.ok(Math.abs(idle - 700 * 3600 * shares.idle) < 1e-6);
  assert.equal(joulesOf(H100, { heldUs: 0, busyUs: 0, prefillUs: 0 }), 0);
});

const FILE = shared("data/measured/splitwise_perf_model.csv");

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

Deno.test({
  name: `POWER_SHARES are the medians of the measured runs${FILE.skipped}`,
  ignore: !isPresent(FILE),
  fn: () => {
    const [head = "", ...lines] = readText(FILE).trim().split("\n");
    const columns = head.trim().split(",");
    const rows = lines.map((line) => {
      const cells = line.trim().split(",");
      return (name: string) => Number(cells[columns.indexOf(name)]);
    }).filter((row) => row("peak_power") > 0);
    const prompts = rows.filter((row) => row("prompt_size") * row("batch_size") >= 2048);
    const answers = rows.filter((row) => row("prompt_time") <= 0.05 * row("e2e_time"));
    assert.deepEqual([prompts.length, answers.length], [120, 140]);
    const near = (share: number, values: readonly number[]) =>
      assert.ok(Math.abs(share - median(values)) <= 0.005, `${share}, ${median(values)}`);
    near(POWER_SHARES.prefill, prompts.map((row) => row("peak_power")));
    near(POWER_SHARES.decode, answers.map((row) => row("average_power")));
  },
});
