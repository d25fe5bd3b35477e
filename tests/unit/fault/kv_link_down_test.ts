import assert from "node:assert/strict";
import { KV_TIMEOUT_US } from "../../../src/fleet/hand_off.ts";
import { kvLinkDown } from "../../../src/mod.ts";
import { outcomes } from "./network_rig.ts";
import { handedOver, PROMPTS } from "./prefill_rig.ts";

/** Few enough that the prefill engine has room for all that nobody fetches. */
const FEW = { load: [{ ...PROMPTS, rps: 0.4 }] };
const calm = handedOver([], FEW);

Deno.test("kvLinkDown() has decode compute the prompts itself, once the transfer is given up", () => {
  const { meanMs, arrived } = handedOver([kvLinkDown({ when: "2m", for: "3m" })], FEW);
  assert.deepEqual(Object.keys(outcomes(arrived(0, 590))), ["completed"]);
  const extra = meanMs("ttftUs", 121, 290) - calm.meanMs("ttftUs", 121, 290);
  // A prompt of 4,000 tokens takes some 100 to 300 ms to compute again.
  const timeout = KV_TIMEOUT_US / 1000;
  assert.ok(extra > timeout && extra < timeout + 1_500, `${extra} ms`);
  // What was under way goes on when the link is back.
  const last = meanMs("ttftUs", 296, 299.9) - calm.meanMs("ttftUs", 296, 299.9);
  assert.ok(last > 500 && last < 6_000, `${last} ms`);
});

Deno.test("kvLinkDown() that fails requests does so after the transfer's timeout", () => {
  const { arrived } = handedOver([kvLinkDown({ policy: "fail", when: "2m", for: "3m" })], FEW);
  const during = arrived(121, 285);
  assert.deepEqual(outcomes(during), { "failed lost": during.length });
  const longest = Math.max(...during.map(({ at, arrivedUs }) => at - arrivedUs));
  assert.ok(longest >= KV_TIMEOUT_US && longest < KV_TIMEOUT_US + 1_000_000, `${longest} µs`);
  assert.deepEqual(Object.keys(outcomes(arrived(300, 590))), ["completed"]);
});

Deno.test("kvLinkDown() leaves blocks with the prefill engine, which has no room in the end", () => {
  // Some 400,000 tokens fit on an H100: 480 s of 16,000 tokens a second, which it keeps for so long, do not.
  const { simulation } = handedOver([kvLinkDown({ when: "1m", permanent: true })]);
  const { recent } = simulation.state.services["chat"]!.revisions["stable"]!;
  const last = recent.at(-1)!.pods;
  const prefill = last.name.findIndex((name) => name.includes("prefill"));
  assert.ok(last.kvPpm[prefill]! > 900_000, `${last.kvPpm[prefill]}`);
});
