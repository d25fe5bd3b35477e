// As much of CEL as the rules of KServe's CRD are written in, to hold ours against theirs. A field that
// is not there is undefined and of size 0, where an API server would fail the rule.

type Value = unknown;
type Scope = Readonly<Record<string, Value>>;
type Node = (scope: Scope) => Value;

const TOKEN =
  /\s*(r"""[\s\S]*?"""|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\d+|\w+|\|\||&&|[=!<>]=|[-+?:!<>.,()[\]])/y;

/** A rule's expression as a function of `self`. Throws for what it does not know. */
export function compileRule(text: string): (self: Value) => boolean {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let end = 0; text.slice(end).trim() !== "";) {
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`No CEL that is known: ${text.slice(end)}`);
    tokens.push(match[1]!);
    end = TOKEN.lastIndex;
  }
  const parser = new Parser(tokens);
  const node = parser.conditional();
  parser.end();
  return (self) => node({ self }) === true;
}

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw new Error(`Left over: ${this.#tokens[this.#at]}`);
  }

  conditional(): Node {
    const test = this.#binary(0);
    if (!this.#take("?")) return test;
    const yes = this.conditional();
    this.#expect(":");
    const no = this.conditional();
    return (scope) => test(scope) ? yes(scope) : no(scope);
  }

  #binary(level: number): Node {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = operators[this.#tokens[this.#at] ?? ""];
      if (operator === undefined) return left;
      this.#at++;
      const [before, after] = [left, this.#binary(level + 1)];
      left = (scope) => operator(before(scope), () => after(scope));
    }
  }

  #unary(): Node {
    if (!this.#take("!")) return this.#postfix();
    const node = this.#unary();
    return (scope) => node(scope) !== true;
  }

  #postfix(): Node {
    let node = this.#primary();
    for (;;) {
      if (this.#take("[")) {
        const [list, index] = [node, this.conditional()];
        this.#expect("]");
        node = (scope) => (list(scope) as Value[] | undefined)?.[index(scope) as number];
      } else if (this.#take(".")) {
        node = this.#member(node, this.#next());
      } else return node;
    }
  }

  #member(of: Node, name: string): Node {
    if (!this.#take("(")) return (scope) => (of(scope) as Scope | undefined)?.[name];
    const macro = MACROS[name];
    if (macro !== undefined) {
      const variable = this.#next();
      this.#expect(",");
      const body = this.conditional();
      this.#expect(")");
      return (scope) =>
        macro(
          (of(scope) as Value[] | undefined) ?? [],
          (item) => body({ ...scope, [variable]: item }) === true,
        );
    }
    const argument = this.#take(")") ? undefined : this.conditional();
    if (argument !== undefined) this.#expect(")");
    return (scope) => call(name, of(scope), argument?.(scope));
  }

  #primary(): Node {
    const token = this.#next();
    if (token === "(") {
      const node = this.conditional();
      this.#expect(")");
      return node;
    }
    if (token === "[") {
      const items: Node[] = [];
      while (!this.#take("]")) {
        items.push(this.conditional());
        this.#take(",");
      }
      return (scope) => items.map((item) => item(scope));
    }
    if (/^\d/.test(token)) return () => Number(token);
    if (token.startsWith("r")) {
      if (token.startsWith('r"""')) return () => token.slice(4, -3);
    }
    if (/^['"]/.test(token)) return () => token.slice(1, -1).replace(/\\(.)/g, "$1");
    if (token === "true" || token === "false") return () => token === "true";
    if (this.#take("(")) {
      const argument = this.conditional();
      this.#expect(")");
      if (token === "has") return (scope) => argument(scope) !== undefined;
      return (scope) => call(token, argument(scope));
    }
    return (scope) => scope[token];
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Error("The rule ends too early");
    return token;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #expect(token: string): void {
    const found = this.#next();
    if (found !== token) throw new Error(`Expected ${token}, found ${found}`);
  }
}

type Operator = (left: Value, right: () => Value) => Value;

/** From the loosest to the tightest. */
const LEVELS: readonly Readonly<Record<string, Operator>>[] = [
  { "||": (left, right) => left === true || right() === true },
  { "&&": (left, right) => left === true && right() === true },
  {
    "==": (left, right) => left === right(),
    "!=": (left, right) => left !== right(),
    "<": (left, right) => (left as number) < (right() as number),
    "<=": (left, right) => (left as number) <= (right() as number),
    ">": (left, right) => (left as number) > (right() as number),
    ">=": (left, right) => (left as number) >= (right() as number),
    in: (left, right) => (right() as Value[]).includes(left),
  },
  { "+": (left, right) => (left as number) + (right() as number) },
];

type Macro = (list: readonly Value[], holds: (item: Value) => boolean) => Value;

const MACROS: Readonly<Record<string, Macro>> = {
  all: (list, holds) => list.every(holds),
  exists: (list, holds) => list.some(holds),
  exists_one: (list, holds) => list.filter(holds).length === 1,
  filter: (list, holds) => list.filter(holds),
};

function call(name: string, value: Value, argument?: Value): Value {
  const text = value as string;
  switch (name) {
    case "size":
      return (value as { length: number } | undefined)?.length ?? 0;
    case "startsWith":
      return text.startsWith(argument as string);
    case "endsWith":
      return text.endsWith(argument as string);
    case "contains":
      return text.includes(argument as string);
    case "matches":
      return new RegExp(argument as string).test(text);
    case "duration":
      return seconds(text);
    default:
      throw new Error(`No function of CEL that is known: ${name}`);
  }
}

function seconds(text: string): number {
  const unit: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  return (text.match(/\d+(?:ms|[hms])/g) ?? [])
    .reduce((sum, part) => sum + parseInt(part) * unit[part.replace(/^\d+/, "")]!, 0);
}
