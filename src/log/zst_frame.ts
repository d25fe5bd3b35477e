// Where zstd frames begin and end (RFC 8878, section 3.1), since Deno's decoders stop after the first
// frame of a file. Knows nothing of what is in them.

const MAGIC = 0xfd2fb528;
/** Skippable frames have the magics 0x184d2a50 to 0x184d2a5f. */
const SKIPPABLE_MAGIC = 0x184d2a5;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const CHECKSUM_BYTES = 4;
const RLE_BLOCK = 1;

/** Whether bytes begin like a zstd file. */
export function isZstd(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && u32(bytes, 0) === MAGIC;
}

/**
 * The length of the frame that `bytes` begin with, or nothing while its end is not among them. Throws
 * when they begin with no frame.
 */
export function frameLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < 8) return undefined;
  const magic = u32(bytes, 0);
  if (magic >>> 4 === SKIPPABLE_MAGIC) return within(bytes, 8 + u32(bytes, 4));
  if (magic !== MAGIC) throw new Error("No zstd frame begins here");
  const descriptor = bytes[4] ?? 0;
  let end = 5 + headerBytes(descriptor);
  for (let last = false; !last;) {
    if (end + 3 > bytes.length) return undefined;
    const block = u32(bytes, end) & 0xffffff;
    last = (block & 1) === 1;
    end += 3 + ((block >>> 1 & 3) === RLE_BLOCK ? 1 : block >>> 3);
  }
  return within(bytes, end + ((descriptor & 4) === 0 ? 0 : CHECKSUM_BYTES));
}

function headerBytes(descriptor: number): number {
  const single = (descriptor & 0x20) !== 0;
  const contentSize = CONTENT_SIZE_BYTES[descriptor >>> 6] ?? 0;
  const dictionaryId = DICTIONARY_ID_BYTES[descriptor & 3] ?? 0;
  return (single ? 0 : 1) + dictionaryId + (single && contentSize === 0 ? 1 : contentSize);
}

function within(bytes: Uint8Array, end: number): number | undefined {
  return end <= bytes.length ? end : undefined;
}

/** Little endian; bytes after the end count as 0. */
function u32(bytes: Uint8Array, at: number): number {
  const byte = (index: number) => bytes[at + index] ?? 0;
  return (byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24) >>> 0;
}
