import assert from "node:assert/strict";
import { Balancer, type Balancing } from "../../../../src/fleet/picker/balancing.ts";
import { Streams } from "../../../../src/sim/streams.ts";

function balancer(balancing: Balancing): Balancer<{ engine: { inFlight: number } }> {
  return new Balancer(balancing, () => new Streams(5).stream("gateway/chat/balance"));
}

const pods = (...inFlight: number[]) => inFlight.map((count) => ({ engine: { inFlight: count } }));

Deno.test("Balancer.pick() goes round its pods when it is round-robin", () => {
  const three = pods(9, 0, 0);
  const turns = balancer("round-robin");
  const picked = Array.from({ length: 7 }, () => three.indexOf(turns.pick(three)!));
  assert.deepEqual(picked, [1, 2, 0, 1, 2, 0, 1]);
});

Deno.test("Balancer.pick() takes any pod as often when it is random", () => {
  const four = pods(9, 0, 0, 0);
  const any = balancer("random");
  const counts = [0, 0, 0, 0];
  for (let draw = 0; draw < 10_000; draw++) counts[four.indexOf(any.pick(four)!)]!++;
  const band = 3.29 * Math.sqrt(10_000 * 0.25 * 0.75);
  assert.ok(counts.every((count) => Math.abs(count - 2500) < band), `${counts}`);
});

Deno.test("Balancer.pick() takes the less busy of two at random when it is least-request", () => {
  const three = pods(0, 5, 9);
  const least = balancer("least-request");
  const counts = [0, 0, 0];
  for (let draw = 0; draw < 9000; draw++) counts[three.indexOf(least.pick(three)!)]!++;
  // Of nine pairs five have the first, three of the others the second, and one is the third twice.
  for (const [index, of] of [5, 3, 1].entries()) {
    const p = of / 9;
    assert.ok(
      Math.abs(counts[index]! - 9000 * p) < 3.29 * Math.sqrt(9000 * p * (1 - p)),
      `${counts}`,
    );
  }
});

Deno.test("Balancer.pick() picks nothing when there is nothing", () => {
  for (const balancing of ["round-robin", "random", "least-request"] as const) {
    assert.equal(balancer(balancing).pick([]), undefined);
  }
});
