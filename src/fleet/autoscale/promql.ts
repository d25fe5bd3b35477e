// The part of PromQL that scaling queries use, as data. Knows no metrics and no values.
//
// Selectors with matchers, `sum|avg|max|min|count [by (…)]`, `rate|increase|max_over_time|min_over_time|
// avg_over_time` of a range, `vector(n)`, `+ - * /` with a number or an equal set of labels, `or`. All else
// is named in the error.

export interface Matcher {
  readonly label: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

export interface Selector {
  readonly kind: "select";
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

const AGGREGATES = ["sum", "avg", "max", "min", "count"] as const;
export const RANGE_FUNCTIONS = [
  "rate",
  "increase",
  "max_over_time",
  "min_over_time",
  "avg_over_time",
] as const;
const OPERATORS = ["+", "-", "*", "/", "or"] as const;

export type Query =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "vector"; readonly of: Query }
  | Selector
  | {
    readonly kind: "range";
    readonly function: typeof RANGE_FUNCTIONS[number];
    readonly of: Selector;
    readonly rangeUs: number;
  }
  | {
    readonly kind: "aggregate";
    readonly operation: typeof AGGREGATES[number];
    /** Labels that are kept apart; none: one value of all. */
    readonly by: readonly string[];
    readonly of: Query;
  }
  | {
    readonly kind: "binary";
    readonly operator: typeof OPERATORS[number];
    readonly left: Query;
    readonly right: Query;
  };

export type ParsedQuery = { readonly query: Query } | { readonly error: string };

export function parseQuery(text: string): ParsedQuery {
  try {
    const parser = new Parser(tokensOf(text));
    const query = parser.expression(0);
    parser.end();
    return { query };
  } catch (error) {
    if (error instanceof QueryError) return { error: error.message };
    throw error;
  }
}

/** Every selector in a query, in its order. */
export function selectorsOf(query: Query): Selector[] {
  switch (query.kind) {
    case "number":
      return [];
    case "select":
      return [query];
    case "binary":
      return [...selectorsOf(query.left), ...selectorsOf(query.right)];
    default:
      return selectorsOf(query.of);
  }
}

/** So far back a query looks, in µs. */
export function longestRangeUs(query: Query): number {
  switch (query.kind) {
    case "range":
      return query.rangeUs;
    case "binary":
      return Math.max(longestRangeUs(query.left), longestRangeUs(query.right));
    case "vector":
    case "aggregate":
      return longestRangeUs(query.of);
    default:
      return 0;
  }
}

class QueryError extends Error {}

const TOKEN =
  /\s+|(\d+(?:\.\d+)?(?:ms|[smhdw]))|(\d+(?:\.\d+)?)|([a-zA-Z_:][\w:]*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(=~|!~|!=|[-+*/(){}[\],=])/gy;

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw new QueryError(`"${text.slice(at, at + 20)}" is not simulated`);
    at = TOKEN.lastIndex;
    if (match[0].trim() !== "") tokens.push(match[0]);
  }
  return tokens;
}

/** `or` binds least, then `+ -`, then `* /`. */
const PRECEDENCE: Readonly<Record<string, number>> = { or: 1, "+": 2, "-": 2, "*": 3, "/": 3 };

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get #next(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(expected?: string): string {
    const token = this.#next;
    if (token === undefined) throw new QueryError("it ends too early");
    if (expected !== undefined && token !== expected) {
      throw new QueryError(`"${token}" stands where "${expected}" should`);
    }
    this.#at++;
    return token;
  }

  #skip(token: string): boolean {
    if (this.#next !== token) return false;
    this.#at++;
    return true;
  }

  end(): void {
    if (this.#next !== undefined) throw new QueryError(`"${this.#next}" is not simulated`);
  }

  expression(least: number): Query {
    let left = this.#operand();
    for (;;) {
      const operator = OPERATORS.find((each) => each === this.#next);
      if (!operator || PRECEDENCE[operator]! < least) return left;
      this.#at++;
      const right = this.expression(PRECEDENCE[operator]! + 1);
      left = { kind: "binary", operator, left, right };
    }
  }

  #operand(): Query {
    const token = this.#take();
    if (token === "(") return this.#closed();
    if (token === "{") {
      this.#at--;
      return this.#selector("");
    }
    if (/^\d/.test(token)) return { kind: "number", value: Number(token) };
    if (!/^[a-zA-Z_:]/.test(token)) throw new QueryError(`"${token}" is not simulated`);
    return ["(", "by", "without"].includes(this.#next ?? "")
      ? this.#call(token)
      : this.#selector(token);
  }

  #closed(): Query {
    const query = this.expression(0);
    this.#take(")");
    return query;
  }

  #call(name: string): Query {
    const aggregate = AGGREGATES.find((each) => each === name);
    if (aggregate && this.#next !== "without") return this.#aggregate(aggregate);
    if (this.#next === "(") {
      const range = RANGE_FUNCTIONS.find((each) => each === name);
      if (range) return this.#range(range);
      if (name === "vector" && this.#skip("(")) return { kind: "vector", of: this.#closed() };
    }
    throw new QueryError(`the function "${name}" is not simulated`);
  }

  #aggregate(operation: typeof AGGREGATES[number]): Query {
    const before = this.#by();
    this.#take("(");
    const of = this.#closed();
    const by = before ?? this.#by() ?? [];
    return { kind: "aggregate", operation, by, of };
  }

  #by(): string[] | undefined {
    if (!this.#skip("by")) return undefined;
    this.#take("(");
    const labels: string[] = [];
    while (!this.#skip(")")) {
      labels.push(this.#take());
      this.#skip(",");
    }
    return labels;
  }

  #range(name: typeof RANGE_FUNCTIONS[number]): Query {
    this.#take("(");
    const of = this.#selector(this.#next === "{" ? "" : this.#take());
    this.#take("[");
    const rangeUs = durationUs(this.#take());
    this.#take("]");
    this.#take(")");
    return { kind: "range", function: name, of, rangeUs };
  }

  #selector(name: string): Selector {
    const matchers: Matcher[] = [];
    if (this.#skip("{")) {
      while (!this.#skip("}")) {
        matchers.push(this.#matcher());
        this.#skip(",");
      }
    }
    const named = matchers.find(({ label, op }) => label === "__name__" && op === "=");
    const metric = name === "" ? named?.value : name;
    if (metric === undefined) throw new QueryError("a selector without a metric is not simulated");
    return { kind: "select", metric, matchers: matchers.filter((each) => each !== named) };
  }

  #matcher(): Matcher {
    const label = this.#take();
    const op = this.#take();
    if (op !== "=" && op !== "!=" && op !== "=~" && op !== "!~") {
      throw new QueryError(`"${op}" stands where a label's value should be compared`);
    }
    const text = this.#take();
    if (!/^["']/.test(text)) throw new QueryError(`"${text}" stands where a text should`);
    const value = text.slice(1, -1).replaceAll(/\\(.)/g, "$1");
    if (op === "=~" || op === "!~") regexOf(value);
    return { label, op, value };
  }
}

/** As Prometheus takes it: of the whole value. */
function regexOf(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`);
  } catch {
    throw new QueryError(`"${text}" is no regular expression`);
  }
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3600e6,
  d: 86_400e6,
  w: 604_800e6,
};

function durationUs(text: string): number {
  const [, count, unit] = /^([\d.]+)(ms|[smhdw])$/.exec(text) ?? [];
  if (count === undefined) throw new QueryError(`"${text}" stands where a duration should`);
  return Math.round(Number(count) * UNITS[unit!]!);
}

export type Labels = Readonly<Record<string, string>>;

/** Whether a series with these labels is selected; a label that is not there is empty. */
export function matches(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every(({ label, op, value }) => {
    const is = labels[label] ?? "";
    if (op === "=") return is === value;
    if (op === "!=") return is !== value;
    return regexOf(value).test(is) === (op === "=~");
  });
}
