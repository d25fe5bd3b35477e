// How many requests of a batch are counted where; it knows only who is there.

/**
 * Parallel lists of tallies, see `RequestTable.tally`, and of how many requests each has, all above 0. A
 * batch has few, however many loads a fleet has.
 */
export class TallyCounts {
  readonly tallies: number[] = [];
  readonly counts: number[] = [];

  add(tally: number): void {
    const at = this.tallies.indexOf(tally);
    if (at >= 0) {
      this.counts[at]!++;
      return;
    }
    this.tallies.push(tally);
    this.counts.push(1);
  }

  /** It is there. */
  remove(tally: number): void {
    const at = this.tallies.indexOf(tally);
    if (--this.counts[at]! > 0) return;
    // The last takes its place: their order says nothing.
    this.tallies[at] = this.tallies[this.tallies.length - 1]!;
    this.counts[at] = this.counts[this.counts.length - 1]!;
    this.tallies.pop();
    this.counts.pop();
  }

  clear(): void {
    this.tallies.length = 0;
    this.counts.length = 0;
  }
}
