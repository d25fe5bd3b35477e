// Where in a scenario's text a field is written: a guess good enough to point at a line. Knows no file.

/** The line of a field such as `expect[2]` or `load[0].rps`; 1 where it is not found. */
export function findLine(text: string, field: string): number {
  const [first = ""] = field.split(/[.[]/);
  if (first === "") return 1;
  // A key at the begin of its line, as one writes `load: […]`.
  const key = new RegExp(`^\\s*["']?${escaped(first)}["']?\\s*:`);
  const index = text.split("\n").findIndex((line) => key.test(line));
  return index + 1 || 1;
}

function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
