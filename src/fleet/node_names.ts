// What nodes are called that come later.

/** Counted on from the others of its group: of `spot-2`, where there is a `spot-4`, the next is `spot-5`. */
export function replacementOf(name: string, names: readonly string[]): string {
  const prefix = name.replace(/\d+$/, "").replace(/([^-])$/, "$1-");
  const numbers = names.filter((other) => other.startsWith(prefix))
    .map((other) => Number(other.slice(prefix.length))).filter(Number.isInteger);
  return `${prefix}${Math.max(0, ...numbers) + 1}`;
}
