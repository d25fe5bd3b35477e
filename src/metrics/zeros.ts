// Arrays of zeros to be written over, of just the length that is wanted.

const ZEROS: number[] = [];

/**
 * What `push` lets grow takes room that stays empty, and `new Array(length)` counts as one with holes,
 * which V8 writes as JSON and adds up more slowly; a copy of a piece is neither.
 */
export function zeros(length: number): number[] {
  while (ZEROS.length < length) ZEROS.push(0);
  return ZEROS.slice(0, length);
}
