// kubectl's JSONPath templates as a tree: text, actions in braces, `{range}` with what it repeats.
//
// After client-go's util/jsonpath/parser.go, whose dialect and error texts these are.

export type Node =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "identifier"; readonly name: string }
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "wildcard" | "recursive" }
  | {
    readonly type: "slice";
    readonly from: number | undefined;
    readonly to: number | undefined;
    readonly step: number | undefined;
    /** `[n]`: one element, where `to` follows from `from`. */
    readonly single: boolean;
  }
  | { readonly type: "union"; readonly paths: readonly Path[] }
  | {
    readonly type: "filter";
    readonly left: Path;
    readonly operator: string;
    readonly right: Path;
  };

/** Applied one after the other, each to what the last one found. */
export type Path = readonly Node[];

/** What keeps a template from being read or filled in, in client-go's words. */
export class JsonPathError extends Error {
  override readonly name = "JsonPathError";
}

/** The text and the actions of a template, in order; an action is what stands in braces. */
export function parseTemplate(text: string): readonly Path[] {
  const paths: Path[] = [];
  for (let at = 0; at < text.length;) {
    const brace = text.indexOf("{", at);
    const end = brace < 0 ? text.length : brace;
    if (end > at) paths.push([{ type: "text", text: text.slice(at, end) }]);
    if (brace < 0) break;
    const action = new ActionParser(text, brace + 1);
    paths.push(action.parse());
    at = action.position;
  }
  return paths;
}

function parseAction(text: string): Path {
  return new ActionParser(`${text}}`, 0).parse();
}

const SPACE = /[ \t]/;
const END_OF_LINE = /[\r\n]/;
const WORD = /[\p{L}\p{Nd}_]/u;
const TERMINATOR = /[ \t\r\n.,[\]$@{}]/;
const SLICE = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/;
const COMPARISON = /^([^!<>=]+)([!<>=]+)(.+?)$/s;

class ActionParser {
  readonly #text: string;
  readonly #nodes: Node[] = [];
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  /** Behind the closing brace, once parsed. */
  get position(): number {
    return this.#at;
  }

  parse(): Path {
    while (!this.#take("}")) {
      if (this.#take("[?(")) this.#filter();
      else if (this.#take("..")) this.#recursive();
      else this.#next();
    }
    return this.#nodes;
  }

  #next(): void {
    const character = this.#peek();
    if (character === "" || END_OF_LINE.test(character)) throw new JsonPathError("unclosed action");
    if (character === "[") return this.#array();
    if (character === '"' || character === "'") return this.#quote(character);
    if (character === ".") return this.#field(1);
    if (/[-+\d]/.test(character)) return this.#number();
    if (WORD.test(character)) return this.#identifier();
    // The current object, whose fields are what follows.
    if (!"@$ ".includes(character)) throw unrecognized(character);
    this.#at += 1;
  }

  #take(prefix: string): boolean {
    if (!this.#text.startsWith(prefix, this.#at)) return false;
    this.#at += prefix.length;
    return true;
  }

  /** One character, or nothing at the end. */
  #peek(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  #identifier(): void {
    const name = this.#until(TERMINATOR);
    const bool = name === "true" || name === "false";
    this.#nodes.push(
      bool ? { type: "bool", value: name === "true" } : { type: "identifier", name },
    );
  }

  #number(): void {
    const [text = ""] = /^[-+]?[\d.]*/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += text.length;
    const value = Number(text);
    if (!/\d/.test(text) || Number.isNaN(value)) {
      throw new JsonPathError(`cannot parse number ${text}`);
    }
    this.#nodes.push({ type: "number", value });
  }

  #recursive(): void {
    if (this.#nodes.at(-1)?.type === "recursive") {
      throw new JsonPathError("invalid multiple recursive descent");
    }
    this.#nodes.push({ type: "recursive" });
    if (WORD.test(this.#peek())) this.#field(0);
  }

  #field(skip: number): void {
    this.#at += skip;
    const name = this.#until(TERMINATOR);
    this.#nodes.push(
      name === "*" ? { type: "wildcard" } : { type: "field", name: name.replaceAll("\\", "") },
    );
  }

  /** Up to the first character that ends a name; a backslash takes the next one along. */
  #until(terminator: RegExp): string {
    const start = this.#at;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at]!;
      if (character === "\\") this.#at += 1;
      else if (terminator.test(character)) break;
      this.#at += 1;
    }
    this.#at = Math.min(this.#at, this.#text.length);
    return this.#text.slice(start, this.#at);
  }

  #quote(quote: string): void {
    const start = this.#at;
    do {
      this.#at += 1;
      const character = this.#text[this.#at];
      if (character === undefined || character === "\n") {
        throw new JsonPathError("unterminated quoted string");
      }
    } while (this.#text[this.#at] !== quote || this.#text[this.#at - 1] === "\\");
    this.#at += 1;
    this.#nodes.push({ type: "text", text: unquoted(this.#text.slice(start, this.#at)) });
  }

  #array(): void {
    const rest = this.#text.slice(this.#at + 1);
    const end = rest.search(/[\]\n]/);
    if (end < 0 || rest[end] === "\n") throw new JsonPathError("unterminated array");
    this.#at += end + 2;
    const text = rest.slice(0, end);
    const parts = text.split(",");
    if (parts.length > 1) {
      const paths = parts.map((part) => parseAction(`[${trimmed(part)}]`));
      this.#nodes.push({ type: "union", paths });
      return;
    }
    const key = /^'([^']*)'$/.exec(text)?.[1];
    if (key !== undefined) this.#nodes.push(...parseAction(`.${key}`));
    else this.#nodes.push(parseSlice(text));
  }

  #filter(): void {
    const start = this.#at;
    this.#at = closingParenthesis(this.#text, start);
    const text = this.#text.slice(start, this.#at);
    this.#at += 1;
    if (!this.#take("]")) throw new JsonPathError("unclosed array expect ]");
    const [, left, operator, right] = COMPARISON.exec(text) ?? [];
    if (left === undefined) {
      this.#nodes.push({ type: "filter", left: parseAction(text), operator: "exists", right: [] });
      return;
    }
    this.#nodes.push({
      type: "filter",
      left: parseAction(left),
      operator: operator!,
      right: parseAction(right!),
    });
  }
}

/** Where a filter's parenthesis closes: outside of its one quoted string. */
function closingParenthesis(text: string, start: number): number {
  let quote = "";
  let closed = false;
  for (let at = start; at < text.length && text[at] !== "\n"; at++) {
    const character = text[at]!;
    if (character === '"' || character === "'") {
      if (quote === "") quote = character;
      else if (character === quote && text[at - 1] !== "\\") closed = true;
    } else if (character === ")" && (quote === "") === !closed) return at;
  }
  throw new JsonPathError("unterminated filter");
}

function parseSlice(text: string): Node {
  const match = SLICE.exec(text === "*" ? ":" : text);
  if (match === null) throw new JsonPathError(`invalid array index ${text}`);
  const [from, to, step] = match.slice(1).map((part) => {
    const digits = (part ?? "").replace(":", "");
    if (digits === "-") throw new JsonPathError(`array index ${digits} is not a number`);
    return digits === "" ? undefined : Number(digits);
  });
  const single = match[2] === undefined;
  return { type: "slice", from, to: single ? (from ?? 0) + 1 : to, step, single };
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** Go's escapes of one character; those by number too. */
function unquoted(quotedText: string): string {
  const quote = quotedText[0]!;
  const escape = /\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.|$)/gs;
  return quotedText.slice(1, -1).replace(escape, (_, code: string) => {
    if (code.length > 1) {
      const octal = /^\d/.test(code);
      return String.fromCodePoint(parseInt(octal ? code : code.slice(1), octal ? 8 : 16));
    }
    const character = code === quote ? quote : ESCAPES[code];
    if (character !== undefined) return character;
    throw new JsonPathError(`unquote string ${quotedText} error invalid syntax`);
  });
}

function trimmed(text: string): string {
  return text.replace(/^ +| +$/g, "");
}

/** As Go's `%#U` has it: `U+002C ','`. */
function unrecognized(character: string): JsonPathError {
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  const shown = SPACE.test(character) ? "" : ` '${character}'`;
  return new JsonPathError(`unrecognized character in action: U+${code}${shown}`);
}
