// Checkpoints as lines and back, and when one is due.
import assert from "node:assert/strict";
import {
  CHECKPOINT_BYTES,
  checkpointDue,
  decodeCheckpoint,
  decodeCheckpointHead,
  encodeCheckpoint,
  encodeIndexHeader,
} from "../../../src/log/checkpoint.ts";
import fc from "../../fast_check.ts";

const PLACE = { offset: 4096, line: 12, at: 5_000_000, seq: 11 };

Deno.test("decodeCheckpoint() gives back any state that encodeCheckpoint() wrote", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const state: unknown = JSON.parse(JSON.stringify(value));
    const written = encodeCheckpoint({ ...PLACE, state }, "a1");
    const head = decodeCheckpointHead(written.headLine);
    assert.deepEqual(head, written.head);
    assert.equal(written.stateLine.at(-1), 10);
    const read = decodeCheckpoint(written.head, written.stateLine.subarray(0, -1));
    assert.deepEqual(read, { ...PLACE, state });
  }));
});

Deno.test("decodeCheckpoint() gives nothing when a byte of the state changed or is missing", () => {
  const { head, stateLine } = encodeCheckpoint({ ...PLACE, state: { pods: 3 } }, "a1");
  const changed = stateLine.slice(0, -1);
  changed[8] = 52;
  assert.equal(decodeCheckpoint(head, changed), undefined);
  assert.equal(decodeCheckpoint(head, stateLine.subarray(0, -2)), undefined);
});

Deno.test("decodeCheckpointHead() gives nothing when the line is not one", () => {
  const { headLine } = encodeCheckpoint({ ...PLACE, state: 1 }, "a1");
  const lines = ["", "null", "7", "{}", headLine.slice(0, 40), headLine.replace("4096", "4.5")];
  for (const line of lines) assert.equal(decodeCheckpointHead(line), undefined);
});

Deno.test("encodeIndexHeader() differs when the log or the fold does", () => {
  assert.notEqual(encodeIndexHeader("a", "f"), encodeIndexHeader("b", "f"));
  assert.notEqual(encodeIndexHeader("a", "f"), encodeIndexHeader("a", "g"));
});

Deno.test("checkpointDue() waits for the interval, and longer when states are large", () => {
  assert.equal(checkpointDue(CHECKPOINT_BYTES - 1, 0), false);
  assert.equal(checkpointDue(CHECKPOINT_BYTES, 1000), true);
  assert.equal(checkpointDue(CHECKPOINT_BYTES, CHECKPOINT_BYTES), false);
  assert.equal(checkpointDue(4 * CHECKPOINT_BYTES, CHECKPOINT_BYTES), true);
  assert.equal(checkpointDue(100, 0, 100), true);
});
