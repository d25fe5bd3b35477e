// What is wrong with a scenario: where, and what to do.

import type { z } from "zod";

export interface Problem {
  /** The field, as `rollouts[0].steps[2].weight`. */
  readonly path: string;
  /** One sentence: action, then reason. */
  readonly message: string;
}

/** `["rollouts", 0, "steps"]` as `rollouts[0].steps`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.map((part, index) =>
    typeof part === "number" ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`
  ).join("");
}

/**
 * How data is parsed whose problems are told: an issue has what was written, and one about unknown fields
 * has, for its message, the fields that there are.
 */
export const AS_WRITTEN: z.core.ParseContext<z.core.$ZodIssue> = {
  reportInput: true,
  error: (issue) => issue.code === "unrecognized_keys" ? fieldsOf(issue.inst) : undefined,
};

/** Of the object that found the fields; builders write a kind. */
function fieldsOf(schema: z.core.$ZodRawIssue["inst"]): string | undefined {
  const { shape } = (schema?._zod.def ?? {}) as { shape?: object };
  return shape && Object.keys(shape).filter((name) => name !== "kind").join(", ");
}

/** Zod's issues as problems, under a path of ours; a union tells of the member that came nearest. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  prefix: readonly PropertyKey[] = [],
): Problem[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    if (issue.code === "invalid_union" && issue.errors.length > 0) {
      return problemsOf(nearest(issue.errors), path);
    }
    if (issue.code === "unrecognized_keys") {
      return unknownFields(issue, path);
    }
    return [{ path: pathText(path), message: messageOf(issue, path.at(-1)) }];
  });
}

/** A text or a list that was spread has its places for fields: that is one problem, not one a letter. */
function unknownFields(
  { keys, message }: z.core.$ZodIssueUnrecognizedKeys,
  path: readonly PropertyKey[],
): Problem[] {
  const named = keys.filter((key) => !/^\d+$/.test(key));
  const said = /^Unrecognized /.test(message) ? undefined : message;
  const problems = named.map((key) => ({
    path: pathText([...path, key]),
    message: `Unknown field "${key}"` +
      (said === undefined ? "" : `: ${suggestion(key, said.split(", "))}`),
  }));
  if (named.length === keys.length) return problems;
  const write = said === undefined ? "write fields" : `write { … } with some of ${said}`;
  return [{ path: pathText(path), message: `This is a text or a list: ${write}` }, ...problems];
}

/** `scenario` freezes these numbers as text: no number is what was written, not a string. */
const NO_NUMBERS: readonly unknown[] = ["NaN", "Infinity", "-Infinity"];

function messageOf(issue: z.core.$ZodIssue, field: PropertyKey | undefined): string {
  const { code, message, input } = issue;
  if (issue.code === "invalid_union" && issue.discriminator === field) return kindText(issue);
  const needed = missing(issue, field);
  if (needed !== undefined) return needed;
  if (issue.code === "invalid_value" && typeof input === "string" && ZODS_OWN.test(message)) {
    return `Unknown value "${input}": ${suggestion(input, issue.values.map(String))}`;
  }
  if (code !== "invalid_type" || !NO_NUMBERS.includes(input)) return message;
  return message.replace("received string", `received ${input}`);
}

/** Zod's own words: a schema's say what to write. */
const ZODS_OWN = /^Invalid (input|option): expected /;

/** Builders write the kind: what has none was not made by one, or is not finished. */
const NO_KIND =
  "This is no entry yet: `mtop words` has those there are; a metric ends with .below(…) or " +
  ".above(…), pods(…) and nodes(…) with .first() or another";

/** Of an entry whose kind is none of those that may stand there. */
function kindText({ input, message }: z.core.$ZodIssueInvalidUnion): string {
  const { kind } = (input ?? {}) as { kind?: unknown };
  if (typeof kind !== "string") return NO_KIND;
  const known = [...message.matchAll(/'([^']+)'/g)].map(([, name]) => name!);
  return `Unknown kind "${kind}": ${suggestion(kind, known)}`;
}

/** What a field that is not there was to be; undefined where something is there, or is no field. */
function missing(issue: z.core.$ZodIssue, field: PropertyKey | undefined): string | undefined {
  if (!("input" in issue) || issue.input !== undefined || typeof field !== "string") {
    return undefined;
  }
  if (!ZODS_OWN.test(issue.message)) return undefined;
  if (field === "kind") return NO_KIND;
  const said = `The field "${field}" is missing`;
  if (issue.code === "invalid_value") {
    const values = issue.values.map((value) => JSON.stringify(value));
    return `${said}: write ${values.join(" or ")}`;
  }
  if (issue.code !== "invalid_type") return undefined;
  const expected = issue.expected === "record" ? "object" : issue.expected;
  return `${said}: it is ${/^[aeio]/.test(expected) ? "an" : "a"} ${expected}`;
}

/** The alternative whose complaints lie deepest: the one that the writer meant. */
function nearest(
  alternatives: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] {
  const depth = (issues: readonly z.core.$ZodIssue[]) =>
    Math.max(0, ...issues.map((issue) => issue.path.length));
  return alternatives.reduce((best, next) => depth(next) > depth(best) ? next : best);
}

/** `did you mean "llama-3-70b"?`, when a known word is near; else the known words. */
export function suggestion(word: string, known: readonly string[]): string {
  if (known.length === 0) return "there is none";
  const meant = near(word, known);
  return meant === undefined ? `known: ${known.join(", ")}` : `did you mean "${meant}"?`;
}

/** The known word that was meant, when one is near: by so many letters at most, a third when left out. */
export function near(
  word: string,
  known: readonly string[],
  limit = Math.max(2, Math.floor(word.length / 3)),
): string | undefined {
  const [best] = known.map((name) => ({ name, distance: editDistance(word, name) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= limit ? best.name : undefined;
}

/** Levenshtein's distance, a row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
