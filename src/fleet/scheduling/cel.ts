// CEL as far as selectors of devices use it: comparisons of attributes and capacities, and, or, not.
//
// What is beyond that is an error with a name, never a wrong answer: macros, lists but for `in`, arithmetic,
// other functions than quantity, compareTo, isGreaterThan, isLessThan, startsWith, endsWith, contains,
// matches, has and size.

import { parseQuantity } from "../../kube/quantity.ts";

/** A quantity is compared by its functions alone. */
export interface CelQuantity {
  readonly quantity: number;
}

export type CelValue =
  | string
  | number
  | boolean
  | CelQuantity
  | readonly CelValue[]
  | CelMap;

export interface CelMap {
  readonly [key: string]: CelValue;
}

/** An expression that was read: its value among variables. Throws a CelError. */
export type CelExpression = (variables: CelMap) => CelValue;

/** In CEL's own words where it has some. */
export class CelError extends Error {}

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|(==|!=|<=|>=|&&|\|\||[-!<>()[\].,]))/y;

interface Token {
  readonly kind: "number" | "string" | "word" | "sign" | "end";
  readonly text: string;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== "") {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new CelError(`Syntax error: token recognition error at: '${text.slice(at)}'`);
    const [, number, string, word, sign] = match;
    if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (string !== undefined) tokens.push({ kind: "string", text: unquoted(string) });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else tokens.push({ kind: "sign", text: sign! });
  }
  return [...tokens, { kind: "end", text: "<EOF>" }];
}

function unquoted(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(.)/g, "$1");
}

/** Reads an expression. Throws a CelError, in one sentence, where it cannot. */
export function parseCel(text: string): CelExpression {
  const reader = new Reader(tokensOf(text));
  const expression = reader.or();
  reader.expect("<EOF>");
  return expression;
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get #next(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!;
  }

  /** At the end there is always an end. */
  #take(): Token {
    return this.#tokens[Math.min(this.#at++, this.#tokens.length - 1)]!;
  }

  #is(sign: string): boolean {
    const { kind, text } = this.#next;
    if ((kind !== "sign" && kind !== "word") || text !== sign) return false;
    this.#at++;
    return true;
  }

  expect(text: string): void {
    const token = this.#take();
    const right = token.text === text && token.kind !== "string";
    if (!right) {
      throw new CelError(`Syntax error: mismatched input '${token.text}' expecting ${text}`);
    }
  }

  or(): CelExpression {
    const parts = [this.#and()];
    while (this.#is("||")) parts.push(this.#and());
    return parts.length === 1 ? parts[0]! : (vars) => parts.some((part) => truth(part(vars)));
  }

  #and(): CelExpression {
    const parts = [this.#relation()];
    while (this.#is("&&")) parts.push(this.#relation());
    return parts.length === 1 ? parts[0]! : (vars) => parts.every((part) => truth(part(vars)));
  }

  #relation(): CelExpression {
    const left = this.#unary();
    const { kind, text } = this.#next;
    const compare = kind === "sign" || text === "in" ? RELATIONS.get(text) : undefined;
    if (!compare) return left;
    this.#at++;
    const right = this.#unary();
    return (vars) => compare(left(vars), right(vars));
  }

  #unary(): CelExpression {
    if (this.#is("!")) {
      const operand = this.#unary();
      return (vars) => !truth(operand(vars));
    }
    if (this.#is("-")) {
      const operand = this.#unary();
      return (vars) => -numberOf(operand(vars));
    }
    return this.#postfix(this.#primary());
  }

  #primary(): CelExpression {
    if (this.#is("(")) {
      const inner = this.or();
      this.expect(")");
      return inner;
    }
    if (this.#is("[")) {
      const items = this.#arguments("]");
      return (vars) => items.map((item) => item(vars));
    }
    const { kind, text } = this.#take();
    if (kind === "number") return () => Number(text);
    if (kind === "string") return () => text;
    if (kind !== "word") throw new CelError(`Syntax error: extraneous input '${text}'`);
    if (text === "true" || text === "false") return () => text === "true";
    if (this.#is("(")) return call(text, undefined, this.#arguments(")"));
    return (vars) => {
      if (Object.hasOwn(vars, text)) return vars[text]!;
      throw new CelError(`undeclared reference to '${text}' (in container '')`);
    };
  }

  #postfix(of: CelExpression): CelExpression {
    let value = of;
    while (true) {
      const inner = value;
      if (this.#is("[")) {
        const key = this.or();
        this.expect("]");
        value = (vars) => member(inner(vars), String(key(vars)));
      } else if (this.#is(".")) {
        const text = this.#word();
        value = this.#is("(")
          ? call(text, inner, this.#arguments(")"))
          : (vars) => member(inner(vars), text);
      } else return value;
    }
  }

  #word(): string {
    const { kind, text } = this.#next;
    if (kind !== "word") {
      throw new CelError(`Syntax error: no viable alternative at input '${text}'`);
    }
    this.#at++;
    return text;
  }

  #arguments(end: string): CelExpression[] {
    const found: CelExpression[] = [];
    if (this.#is(end)) return found;
    do found.push(this.or()); while (this.#is(","));
    this.expect(end);
    return found;
  }
}

function member(of: CelValue, key: string): CelValue {
  if (isMap(of) && Object.hasOwn(of, key)) return of[key]!;
  throw new CelError(`no such key: ${key}`);
}

function isMap(value: CelValue): value is CelMap {
  return typeof value === "object" && !Array.isArray(value) && !isQuantity(value);
}

function isQuantity(value: CelValue): value is CelQuantity {
  return typeof value === "object" && "quantity" in value && typeof value.quantity === "number";
}

function truth(value: CelValue): boolean {
  if (typeof value === "boolean") return value;
  throw new CelError("no such overload");
}

function numberOf(value: CelValue): number {
  if (typeof value === "number") return value;
  throw new CelError("no such overload");
}

function equal(a: CelValue, b: CelValue): boolean {
  return isQuantity(a) && isQuantity(b) ? a.quantity === b.quantity : a === b;
}

function order(a: CelValue, b: CelValue): number {
  const alike = typeof a === typeof b && (typeof a === "number" || typeof a === "string");
  if (!alike) throw new CelError("no such overload");
  return a < b ? -1 : a > b ? 1 : 0;
}

const RELATIONS = new Map<string, (a: CelValue, b: CelValue) => boolean>([
  ["==", equal],
  ["!=", (a, b) => !equal(a, b)],
  ["<", (a, b) => order(a, b) < 0],
  ["<=", (a, b) => order(a, b) <= 0],
  [">", (a, b) => order(a, b) > 0],
  [">=", (a, b) => order(a, b) >= 0],
  [
    "in",
    (a, b) => {
      if (Array.isArray(b)) return b.some((item) => equal(a, item as CelValue));
      if (isMap(b)) return Object.hasOwn(b, String(a));
      throw new CelError("no such overload");
    },
  ],
]);

type Call = (target: CelValue | undefined, values: readonly CelValue[]) => CelValue;

const text = (value: CelValue | undefined): string => {
  if (typeof value === "string") return value;
  throw new CelError("no such overload");
};

const compared = (a: CelValue | undefined, b: CelValue | undefined): number => {
  if (a === undefined || b === undefined || !isQuantity(a) || !isQuantity(b)) {
    throw new CelError("no such overload");
  }
  return Math.sign(a.quantity - b.quantity);
};

const CALLS = new Map<string, Call>([
  ["quantity", (_, [value]) => {
    const quantity = parseQuantity(text(value));
    if (quantity === undefined) throw new CelError("quantities must match the regular expression");
    return { quantity };
  }],
  ["compareTo", (target, [other]) => compared(target, other)],
  ["isGreaterThan", (target, [other]) => compared(target, other) > 0],
  ["isLessThan", (target, [other]) => compared(target, other) < 0],
  ["startsWith", (target, [other]) => text(target).startsWith(text(other))],
  ["endsWith", (target, [other]) => text(target).endsWith(text(other))],
  ["contains", (target, [other]) => text(target).includes(text(other))],
  ["matches", (target, [other]) => matches(text(target), text(other))],
  ["size", (target, [other]) => text(target ?? other).length],
]);

function matches(value: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(value);
  } catch {
    throw new CelError(`error parsing regexp: ${pattern}`);
  }
}

function call(
  name: string,
  target: CelExpression | undefined,
  values: readonly CelExpression[],
): CelExpression {
  if (name === "has" && !target && values.length === 1) return has(values[0]!);
  const function_ = CALLS.get(name);
  if (!function_) throw new CelError(`undeclared reference to '${name}' (in container '')`);
  return (vars) => function_(target?.(vars), values.map((value) => value(vars)));
}

/** Whether the last key is there; what comes before it must be. */
function has(of: CelExpression): CelExpression {
  return (vars) => {
    try {
      of(vars);
      return true;
    } catch (error) {
      if (error instanceof CelError && error.message.startsWith("no such key")) return false;
      throw error;
    }
  };
}
