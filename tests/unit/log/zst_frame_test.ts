// Where zstd frames end, held against frames that zlib made.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { constants, zstdCompressSync } from "node:zlib";
import { frameLength, isZstd } from "../../../src/log/zst_frame.ts";
import fc from "../../fast_check.ts";

function frames(): Uint8Array[] {
  const texts = ["", "a", "b".repeat(1_000_000), "x".repeat(200) + "y".repeat(70_000)];
  const noise = Buffer.from(Array.from({ length: 400_000 }, (_, n) => (n * n * 31 + n / 7) & 255));
  const contents = [...texts.map((text) => Buffer.from(text)), noise];
  return contents.flatMap((content) =>
    [0, 1].flatMap((checksum) =>
      [undefined, content.length].map((size) =>
        zstdCompressSync(content, {
          params: { [constants.ZSTD_c_checksumFlag]: checksum },
          ...(size === undefined ? {} : { pledgedSrcSize: size }),
        })
      )
    )
  );
}

Deno.test("frameLength() finds the end of every frame in a row of them", () => {
  const all = frames();
  const skippable = new Uint8Array([0x52, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  all.splice(2, 0, skippable);
  let bytes: Uint8Array = Buffer.concat(all);
  for (const frame of all) {
    assert.equal(frameLength(bytes), frame.length);
    bytes = bytes.subarray(frame.length);
  }
  assert.equal(bytes.length, 0);
});

Deno.test("frameLength() gives nothing when the frame is cut anywhere", () => {
  const all = frames();
  fc.assert(fc.property(fc.nat(all.length - 1), fc.double({ min: 0, max: 1 }), (n, share) => {
    const frame = all[n]!;
    const cut = Math.min(frame.length - 1, Math.floor(frame.length * share));
    assert.equal(frameLength(frame.subarray(0, cut)), undefined);
  }));
});

Deno.test("frameLength() throws when no frame begins here", () => {
  assert.throws(() => frameLength(Buffer.from("no frame at all")));
});

Deno.test("isZstd() knows the first four bytes", () => {
  assert.equal(isZstd(zstdCompressSync(Buffer.from("a"))), true);
  assert.equal(isZstd(Buffer.from(`{"formatVersion":1}`)), false);
  assert.equal(isZstd(new Uint8Array([0x28, 0xb5, 0x2f])), false);
});
