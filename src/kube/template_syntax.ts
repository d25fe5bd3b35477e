// Go's text/template as far as KServe's presets use it: from a text to its nodes. Runs nothing.

/** A part of a template. */
export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly term: Term }
  | {
    readonly kind: "if";
    readonly condition: Term;
    readonly then: readonly TemplateNode[];
    readonly otherwise: readonly TemplateNode[];
  };

/** What an action computes. */
export type Term =
  | { readonly kind: "constant"; readonly value: string | number | undefined }
  /** `.Spec.Model.Name`, as it is written and as its parts. */
  | { readonly kind: "field"; readonly source: string; readonly path: readonly string[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Term[] };

/** Why a text is no template, in Go's words where Go has any. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/** `functions` are the names that may be called. Throws a TemplateError. */
export function parseTemplate(
  source: string,
  functions: ReadonlySet<string>,
): readonly TemplateNode[] {
  return new Parser(tokensOf(source), functions).parse();
}

type Token =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly text: string };

/** A dash beside a brace, with a space behind it, takes the white space on its side away. */
function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let rest = source;
  for (;;) {
    const begin = rest.indexOf("{{");
    if (begin < 0) return [...tokens, { kind: "text", text: rest }];
    const end = rest.indexOf("}}", begin);
    if (end < 0) throw new TemplateError("unclosed action");
    const inner = rest.slice(begin + 2, end);
    const trimsLeft = /^-\s/.test(inner);
    const trimsRight = /\s-$/.test(inner);
    const before = rest.slice(0, begin);
    tokens.push({ kind: "text", text: trimsLeft ? before.trimEnd() : before });
    const text = inner.slice(trimsLeft ? 1 : 0, trimsRight ? -1 : undefined).trim();
    tokens.push({ kind: "action", text });
    rest = rest.slice(end + 2);
    if (trimsRight) rest = rest.trimStart();
  }
}

/** Go's own words of control, and functions, that no preset uses. */
const GO_ONLY: ReadonlySet<string> = new Set([
  ...["range", "with", "define", "template", "block", "break", "continue"],
  ...["not", "len", "index", "slice", "print", "printf", "println", "html", "js", "urlquery"],
  ...["eq", "ne", "lt", "le", "gt", "ge", "call", "true", "false"],
]);

class Parser {
  readonly #tokens: readonly Token[];
  readonly #functions: ReadonlySet<string>;
  #next = 0;

  constructor(tokens: readonly Token[], functions: ReadonlySet<string>) {
    this.#tokens = tokens;
    this.#functions = functions;
  }

  parse(): readonly TemplateNode[] {
    const { nodes, end } = this.#nodes();
    if (end !== undefined) throw new TemplateError(`unexpected {{${end}}}`);
    return nodes;
  }

  /** Up to an action that belongs to whoever asked: `else`, `else if …`, `end`. */
  #nodes(): { readonly nodes: TemplateNode[]; readonly end: string | undefined } {
    const nodes: TemplateNode[] = [];
    while (this.#next < this.#tokens.length) {
      const token = this.#tokens[this.#next++]!;
      if (token.kind === "text") {
        if (token.text !== "") nodes.push(token);
        continue;
      }
      const { text } = token;
      if (text === "end" || text === "else" || /^else\s/.test(text)) return { nodes, end: text };
      const [, condition] = /^if\s+(.*)$/s.exec(text) ?? [];
      if (condition !== undefined) nodes.push(this.#branch(condition));
      else if (!/^\/\*.*\*\/$/s.test(text)) nodes.push({ kind: "value", term: this.#term(text) });
    }
    return { nodes, end: undefined };
  }

  #branch(condition: string): TemplateNode {
    const term = this.#term(condition);
    const { nodes: then, end } = this.#nodes();
    return { kind: "if", condition: term, then, otherwise: this.#otherwise(end) };
  }

  #otherwise(end: string | undefined): readonly TemplateNode[] {
    if (end === "end") return [];
    if (end === undefined) throw new TemplateError("unexpected EOF");
    const [, condition] = /^else\s+if\s+(.*)$/s.exec(end) ?? [];
    // The `end` of an `else if` is that of the whole.
    if (condition !== undefined) return [this.#branch(condition)];
    if (end !== "else") throw new TemplateError(`unexpected {{${end}}}`);
    const last = this.#nodes();
    if (last.end === undefined) throw new TemplateError("unexpected EOF");
    if (last.end !== "end") throw new TemplateError(`unexpected {{${last.end}}}`);
    return last.nodes;
  }

  #term(text: string): Term {
    const words = wordsOf(text);
    const [first, ...args] = words;
    if (first === undefined) throw new TemplateError("missing value for command");
    if (isName(first) && first !== "nil") {
      if (!this.#functions.has(first)) throw new TemplateError(unknown(first, text));
      return { kind: "call", name: first, args: args.map((word) => this.#operand(word, text)) };
    }
    if (args.length > 0) throw new TemplateError(`unexpected ${quoted(args[0]!)} in command`);
    return this.#operand(first, text);
  }

  #operand(word: string, text: string): Term {
    if (word === "nil") return { kind: "constant", value: undefined };
    if (/^\d+$/.test(word)) return { kind: "constant", value: Number(word) };
    if (/^`[^`]*`$/.test(word)) return { kind: "constant", value: word.slice(1, -1) };
    if (/^(\.[A-Za-z]\w*)+$/.test(word)) {
      return { kind: "field", source: word, path: word.split(".").slice(1) };
    }
    if (isName(word)) throw new TemplateError(unknown(word, text));
    // As Go sees it: the template is JSON by then, in which a quotation mark has a backslash.
    if (word.startsWith("\\")) throw new TemplateError(`unexpected "\\\\" in operand`);
    throw new TemplateError(`cannot render ${quoted(word)} in {{${text}}}: ${LIMIT}`);
  }
}

const LIMIT = "only what KServe's own presets use is rendered here";

function unknown(name: string, text: string): string {
  return GO_ONLY.has(name)
    ? `cannot render ${quoted(name)} in {{${text}}}: ${LIMIT}`
    : `function ${quoted(name)} not defined`;
}

function isName(word: string): boolean {
  return /^[A-Za-z_]\w*$/.test(word);
}

/** At white space, but not within backquotes. */
function wordsOf(text: string): string[] {
  return text.match(/`[^`]*`|[^\s`]+|`/g) ?? [];
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
