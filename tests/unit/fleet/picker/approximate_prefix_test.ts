import assert from "node:assert/strict";
import {
  APPROXIMATE_DEFAULTS,
  ApproximatePrefix,
  CHARACTER_DEFAULTS,
  characterIndexingOf,
  indexingOf,
} from "../../../../src/fleet/picker/approximate_prefix.ts";
import { NOBODY } from "../../../../src/fleet/picker/ports.ts";
import { endpointsOf, request } from "./picker_rig.ts";

/** A prompt of 8,000 tokens that its group shares and 1,000 of its own. */
function prompt(group: number, own: number) {
  const content = { ids: [group, own], ends: [8000, 9000] };
  return request({ promptTokens: 9000, content });
}

Deno.test("indexingOf() has blocks of 64 tokens and as many as the engine's, when left to itself", () => {
  const endpoints = endpointsOf({ kvBlocks: 100 });
  const prefix = new ApproximatePrefix(indexingOf(APPROXIMATE_DEFAULTS), endpoints);
  prefix.find(prompt(1, 2));
  assert.deepEqual([prefix.blockTokens, prefix.total], [64, 141]);
  prefix.picked(request(), { slot: 0, prefillSlot: NOBODY });
  // 141 blocks do not fit: the first ones are gone, and nothing is found up to them.
  prefix.find(prompt(1, 2));
  assert.ok(prefix.matched[0]! <= 100);
});

Deno.test("characterIndexingOf() sees the first 16,384 characters of a prompt, 4 a token", () => {
  const endpoints = endpointsOf({}, {});
  const prefix = new ApproximatePrefix(characterIndexingOf(CHARACTER_DEFAULTS), endpoints);
  prefix.find(prompt(1, 2));
  prefix.picked(request(), { slot: 1, prefillSlot: NOBODY });
  // Another question of the group is the same prompt to it.
  prefix.find(prompt(1, 3));
  assert.deepEqual([prefix.blockTokens, prefix.total], [16, 256]);
  assert.deepEqual([...prefix.matched.subarray(0, 2)], [0, 256]);
});

Deno.test("characterIndexingOf() leaves out what fills no block", () => {
  const endpoints = endpointsOf({});
  const totals = (tokens: number) => {
    const prefix = new ApproximatePrefix(characterIndexingOf(CHARACTER_DEFAULTS), endpoints);
    prefix.find(request({ promptTokens: tokens }));
    return prefix.total;
  };
  assert.deepEqual([15, 16, 31, 32].map(totals), [0, 1, 1, 2]);
});

Deno.test("characterIndexingOf() keeps so many blocks of an endpoint, whatever its engine has", () => {
  const endpoints = endpointsOf({ kvBlocks: 1 });
  const indexing = characterIndexingOf({ ...CHARACTER_DEFAULTS, lruCapacityPerServer: 300 });
  const prefix = new ApproximatePrefix(indexing, endpoints);
  const send = (group: number) => {
    prefix.find(prompt(group, 100 + group));
    prefix.picked(request(), { slot: 0, prefillSlot: NOBODY });
  };
  const found = (group: number) => {
    prefix.find(prompt(group, 100 + group));
    return prefix.matched[0]!;
  };
  send(1);
  assert.equal(found(1), 256);
  send(2);
  // Of the first the oldest blocks went, its beginning: nothing of it is found.
  assert.deepEqual([found(1), found(2)], [0, 256]);
});
