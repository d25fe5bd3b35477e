// The search for a threshold by trying: the least that holds, the most that holds. Knows no scenario.

/** Whether a value holds; each is asked once. */
export type Holds = (value: number) => Promise<boolean>;

/**
 * The least whole number from 1 to `max` that holds, if what is above one that holds does too; begins at
 * `start` and doubles or halves from there. Undefined where not even `max` holds.
 */
export async function least(holds: Holds, start: number, max: number): Promise<number | undefined> {
  let fails = 0;
  let found = Math.min(Math.max(1, start), max);
  while (!await holds(found)) {
    if (found === max) return undefined;
    fails = found;
    found = Math.min(2 * found, max);
  }
  while (found - fails > 1) {
    const middle = fails + ((found - fails) >> 1);
    if (await holds(middle)) found = middle;
    else fails = middle;
  }
  return found;
}

/** Doubled or halved so often: a factor of a thousand. */
const MAX_DOUBLINGS = 10;

/**
 * The most that holds, to within a share of `precision`, if what is below one that holds does too; begins
 * at `start`. Values have three digits. `fails` is the least that was found not to hold; both are
 * undefined where there is none within a factor of 1024.
 */
export async function most(
  holds: Holds,
  start: number,
  precision: number,
): Promise<{ readonly found: number | undefined; readonly fails: number | undefined }> {
  const begin = threeDigits(start);
  const isEnough = await holds(begin);
  let [found, fails]: (number | undefined)[] = isEnough ? [begin, undefined] : [undefined, begin];
  for (let step = 0, value = begin; step < MAX_DOUBLINGS; step++) {
    value = threeDigits(isEnough ? 2 * value : value / 2);
    const does = await holds(value);
    if (does) found = value;
    else fails = value;
    if (does !== isEnough) break;
  }
  while (found !== undefined && fails !== undefined && fails / found > 1 + precision) {
    const middle = threeDigits(Math.sqrt(found * fails));
    if (middle <= found || middle >= fails) break;
    if (await holds(middle)) found = middle;
    else fails = middle;
  }
  return { found, fails };
}

function threeDigits(value: number): number {
  return Number(value.toPrecision(3));
}
