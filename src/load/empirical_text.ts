// Measured lengths as people have them: a list, pairs with weights, or the text of a file.

/** Values and weights as data, or what is wrong with a text. */
export interface EmpiricalColumns {
  readonly values: unknown;
  readonly weights?: readonly unknown[];
}

/** A line: a value, and perhaps its weight after a comma, a semicolon or space. */
const LINE = /^(\d+)(?:\s*[,;\s]\s*(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?))?$/;

/** Reads values, or pairs of value and weight, from a list or from text with one on each line. */
export function readEmpirical(given: unknown): EmpiricalColumns {
  if (typeof given === "string") return readText(given);
  if (!Array.isArray(given)) return { values: given };
  if (!given.some((entry) => Array.isArray(entry))) return { values: given };
  const pairs = given.map((entry: unknown) => Array.isArray(entry) ? entry : [entry, 1]);
  return { values: pairs.map(([value]) => value), weights: pairs.map(([, weight]) => weight) };
}

function readText(text: string): EmpiricalColumns {
  const values: number[] = [];
  const weights: number[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    // A byte order mark is space to `trim`.
    const entry = line.trim();
    if (entry === "") continue;
    const found = LINE.exec(entry);
    if (!found) {
      const said = JSON.stringify(entry.slice(0, 60));
      const problem = `line ${index + 1} is neither a value nor a value and its weight: ${said}`;
      return { values: { problem } };
    }
    values.push(Number(found[1]));
    weights.push(Number(found[2] ?? 1));
  }
  return weights.every((weight) => weight === 1) ? { values } : { values, weights };
}
