// One YAML scalar as go-yaml v2 writes it: which quotes it needs, and where its line breaks.

/** Lines are broken at the first blank behind this column. */
const BEST_WIDTH = 80;

export interface Place {
  /** Blanks before a line that goes on. */
  readonly indent: number;
  /** Characters that stand on the line already. */
  readonly column: number;
  /** Keys stay on one line. */
  readonly key: boolean;
}

type Style = "plain" | "single" | "double" | "literal";

export function scalarText(value: string | number | boolean | null, place: Place): string {
  if (typeof value !== "string") return String(value);
  switch (styleOf(value, place.key)) {
    case "plain":
      return folded(value, place, "plain");
    case "single":
      return folded(value, place, "single");
    case "literal":
      return literal(value, place.indent);
    case "double":
      return double(value, place);
  }
}

function styleOf(value: string, key: boolean): Style {
  const form = analyze(value);
  if (value.includes("\n")) return form.blockAllowed && !key ? "literal" : "double";
  if (!readsAsString(value)) return "double";
  if (form.plainAllowed) return "plain";
  return form.singleAllowed ? "single" : "double";
}

/** What a string may be written as (emitterc.go, yaml_emitter_analyze_scalar), outside of `[]`. */
function analyze(value: string) {
  const special = SPECIAL.test(value);
  const spaceBreak = / \n/.test(value);
  const edge = /^[ \n]|[ \n]$/.test(value);
  const indicator = INDICATOR.test(value);
  const broken = special || spaceBreak;
  return {
    plainAllowed: !(broken || edge || indicator || value.includes("\n")),
    singleAllowed: !(broken || /\n /.test(value)),
    blockAllowed: !(broken || / $/.test(value)),
  };
}

/** What go-yaml does not print as it is: control characters, tabs, and all above U+FFFD. */
// deno-lint-ignore no-control-regex
const SPECIAL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udfff]/;

/** Characters that mean something where they stand: at the beginning, before or behind a blank. */
const INDICATOR = /^(?:---|\.\.\.)|^[#,[\]{}&*!|>'"%@`]|^[-?](?:\s|$)|:(?:\s|$)|\s#/;

const WORDS = new Set(
  ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"].flatMap((word) => [
    word,
    word.slice(0, 1).toUpperCase() + word.slice(1),
    word.toUpperCase(),
  ]),
);
const NUMBERS = [
  /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/,
  /^[-+]?0b[01]+$/,
  /^[-+]?0o[0-7]+$/,
  /^[-+]?0x[\da-fA-F]+$/i,
  /^[-+]?\.(?:inf|Inf|INF)$/,
  /^\.(?:nan|NaN|NAN)$/,
  // Sexagesimal, which YAML 1.1 reads as one number.
  /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/,
];
const TIMESTAMP =
  /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]| )\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)?)?$/;

/** Whether a YAML 1.1 reader takes the bare word for a string. */
function readsAsString(value: string): boolean {
  if (WORDS.has(value) || TIMESTAMP.test(value)) return false;
  const bare = value.replaceAll("_", "");
  return !NUMBERS.some((number) => number.test(value) || (bare !== "" && number.test(bare)));
}

/** Plain or in single quotes; a line breaks at a blank that stands alone. */
function folded(value: string, place: Place, style: "plain" | "single"): string {
  const quote = style === "single" ? "'" : "";
  const characters = [...value];
  let text = quote;
  let column = place.column + quote.length;
  for (const [index, character] of characters.entries()) {
    if (!place.key && column > BEST_WIDTH && isAlone(characters, index)) {
      text += `\n${" ".repeat(place.indent)}`;
      column = place.indent;
      continue;
    }
    const written = character === "'" && quote === "'" ? "''" : character;
    text += written;
    column += written.length;
  }
  return text + quote;
}

function isAlone(characters: readonly string[], index: number): boolean {
  return characters[index] === " " && characters[index - 1] !== " " &&
    characters[index + 1] !== " " && index > 0 && index < characters.length - 1;
}

/** `|` with its chomping; a first line that is indented says by how much the block is. */
function literal(value: string, indent: number): string {
  const hint = /^[ \n]/.test(value) ? "2" : "";
  const chomp = value.endsWith("\n") ? (/(?:^|\n)\n$/.test(value) ? "+" : "") : "-";
  const body = chomp === "-" ? value : value.slice(0, -1);
  const blanks = " ".repeat(indent);
  const lines = body.split("\n").map((line) => line === "" ? "" : blanks + line);
  return [`|${hint}${chomp}`, ...lines].join("\n");
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\x1b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\x85": "\\N",
  "\u2028": "\\L",
  "\u2029": "\\P",
  "\ufeff": "\\uFEFF",
};

function double(value: string, place: Place): string {
  const characters = [...value];
  let text = '"';
  let column = place.column + 1;
  let spaces = false;
  for (const [index, character] of characters.entries()) {
    const inside = index > 0 && index < characters.length - 1;
    if (character === " " && !place.key && !spaces && inside && column > BEST_WIDTH) {
      const escaped = characters[index + 1] === " " ? "\\" : "";
      text += `\n${" ".repeat(place.indent)}${escaped}`;
      column = place.indent + escaped.length;
      spaces = true;
      continue;
    }
    const written = escapedCharacter(character);
    text += written;
    column += written.length;
    spaces = character === " ";
  }
  return `${text}"`;
}

function escapedCharacter(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  if (!SPECIAL.test(character)) return character;
  const code = character.codePointAt(0)!;
  const hex = (digits: number) => code.toString(16).toUpperCase().padStart(digits, "0");
  if (code <= 0xff) return `\\x${hex(2)}`;
  return code <= 0xffff ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}
