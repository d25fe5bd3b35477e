import assert from "node:assert/strict";
import { WindowAccumulator } from "../../../src/metrics/window.ts";
import { HeldAnswers, type WholeAnswer } from "../../../src/serving/held_answers.ts";

const TIMES = { atUs: 5_000, ttftUs: 1_000, tpotUs: 100, e2eUs: 2_000, triedUs: 0 };

function hold() {
  const window = new WindowAccumulator();
  for (let count = 0; count < 2; count++) window.arrived();
  const held = new HeldAnswers();
  const settled: [string | undefined, number, number][] = [];
  const whole = (id: number): WholeAnswer => {
    held.completed(id, { window, ...TIMES, slo: undefined, load: undefined, tokens: 11 });
    return held.ended(id)!;
  };
  const wait = (answer: WholeAnswer) =>
    held.wait(answer, (reason, { ttftUs, e2eUs }) => settled.push([reason, ttftUs, e2eUs]));
  return { window, held, settled, whole, wait };
}

Deno.test("HeldAnswers delivers an answer as late as it is, its first token where it had come before", () => {
  const { window, held, settled, whole, wait } = hold();
  wait(whole(1));
  assert.equal(held.size, 1);
  held.deliver(15_000);
  assert.deepEqual(settled, [[undefined, 0, 10_000]]);
  const { latencyUs, requests } = window.take()!;
  assert.equal(requests.completed, 1);
  assert.equal(latencyUs.e2e!.sum, 12_000);
  // Ten gaps had 100 µs each; 10,000 µs more are a thousand more for each.
  assert.equal(latencyUs.tpot!.sum, 1_100);
  assert.equal(latencyUs.ttft, undefined);
  assert.equal(held.size, 0);
});

Deno.test("HeldAnswers holds a first token, whether or not the answer was whole by then", () => {
  const { window, held, settled, whole, wait } = hold();
  const chat = { name: "chat", timed: true };
  for (const [id, load] of [[1, undefined], [2, chat]] as const) {
    held.firstToken(id, { window, promptTokens: 7, ttftUs: 1_000, atUs: 4_000, load });
  }
  wait(whole(1));
  held.deliver(15_000);
  assert.deepEqual(settled, [[undefined, 11_000, 10_000]]);
  const { latencyUs, promptTokens, loads } = window.take()!;
  assert.equal(latencyUs.ttft!.sum, 2 * 12_000);
  assert.equal(loads![chat.name]!.latencyUs!.ttft!.sum, 12_000);
  assert.equal(latencyUs.tpot!.sum, 0);
  assert.equal(promptTokens, 14);
});

Deno.test("HeldAnswers tells of each answer once: given up, lost or delivered", () => {
  const { held, settled, whole, wait } = hold();
  const giveUp = wait(whole(1));
  giveUp("timeout");
  giveUp("timeout");
  wait(whole(2));
  held.lose();
  held.deliver(9_000);
  assert.deepEqual(settled.map(([reason]) => reason), ["timeout", "lost"]);
});

Deno.test("HeldAnswers knows nothing of a request that ended without an answer", () => {
  const { window, held } = hold();
  held.firstToken(1, { window, promptTokens: 7, ttftUs: 1_000, atUs: 4_000, load: undefined });
  assert.equal(held.ended(1), undefined);
  held.deliver(9_000);
  assert.equal(window.take()!.latencyUs.ttft, undefined);
});
