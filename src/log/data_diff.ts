// Where two pieces of plain JSON data differ, leaf by leaf. Knows nothing of what they mean.

/** A place where they differ; what only one of them has is undefined in the other. */
export interface DataDifference {
  readonly path: readonly (string | number)[];
  readonly a: unknown;
  readonly b: unknown;
}

/** All places, in the order of `a`'s keys, then `b`'s; none when they are equal whatever their keys' order. */
export function dataDifferences(a: unknown, b: unknown): DataDifference[] {
  const found: DataDifference[] = [];
  collect(a, b, [], found);
  return found;
}

function collect(
  a: unknown,
  b: unknown,
  path: readonly (string | number)[],
  found: DataDifference[],
): void {
  // JSON knows neither NaN nor -0: what is written as 0 is 0.
  if (a === b) return;
  if (!sameShape(a, b)) {
    found.push({ path, a, b });
    return;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    const length = Math.max(a.length, b.length);
    for (let index = 0; index < length; index++) {
      collect(a[index], b[index], [...path, index], found);
    }
    return;
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    collect(left[key], right[key], [...path, key], found);
  }
}

/** Both lists, or both objects: what is in them can be compared. */
function sameShape(a: unknown, b: unknown): boolean {
  const isObject = (value: unknown) => typeof value === "object" && value !== null;
  return isObject(a) && isObject(b) && Array.isArray(a) === Array.isArray(b);
}
