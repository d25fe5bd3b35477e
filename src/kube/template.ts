// Renders the templates in a merged spec as KServe does: over its JSON text, nothing being evaluated.

import { isList, isMap } from "./json_shape.ts";
import type { Json, JsonObject } from "./object.ts";
import { fieldOf, type TemplateContext } from "./template_context.ts";
import { TEMPLATE_FUNCTIONS } from "./template_functions.ts";
import { parseTemplate, TemplateError, type TemplateNode, type Term } from "./template_syntax.ts";

const KNOWN: ReadonlySet<string> = new Set(["and", "or", ...Object.keys(TEMPLATE_FUNCTIONS)]);

/** The spec with every text rendered, or what the controller says of the first that cannot be. */
export type Rendered =
  | { readonly spec: JsonObject; readonly problem?: undefined }
  | { readonly problem: string };

/**
 * Renders each text by itself. KServe renders the JSON of the whole at once: what is not found that way
 * is a condition that begins in one text and ends in another.
 */
export function renderSpec(spec: JsonObject, context: TemplateContext): Rendered {
  try {
    return { spec: renderValue(spec, context) as JsonObject };
  } catch (error) {
    if (error instanceof TemplateError) return { problem: error.message };
    throw error;
  }
}

/** Values without any template: what presets have of them is looked through once. */
const plain = new WeakSet<object>();

/** What has no template in it stays the same object. */
function renderValue(value: Json, context: TemplateContext): Json {
  if (typeof value === "string") return value.includes("{{") ? renderText(value, context) : value;
  if (typeof value !== "object" || value === null || plain.has(value)) return value;
  const rendered = renderMembers(value, context);
  if (rendered === value) plain.add(value);
  return rendered;
}

function renderMembers(value: Json, context: TemplateContext): Json {
  if (isList(value)) {
    const items = value.map((item) => renderValue(item, context));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isMap(value)) return value;
  const fields = Object.entries(value)
    .map(([key, field]) => [key, field, field === undefined ? field : renderValue(field, context)]);
  return fields.some(([, before, after]) => before !== after)
    ? Object.fromEntries(fields.map(([key, , after]) => [key, after]))
    : value;
}

/**
 * Over its JSON, in which a line ends with a backslash and an `n`: what takes white space away leaves the
 * ends of lines. Throws a TemplateError.
 */
function renderText(text: string, context: TemplateContext): string {
  const nodes = nodesOf(text);
  const rendered = at("failed to merge config", () => execute(nodes, context));
  try {
    return JSON.parse(`"${rendered}"`);
  } catch {
    throw new TemplateError(
      `failed to unmarshal config from template: invalid character in ${JSON.stringify(rendered)}`,
    );
  }
}

/** Templates that were read already; when there are many, those of the users, it begins anew. */
const read = new Map<string, readonly TemplateNode[]>();
const MAX_READ = 1_000;

function nodesOf(text: string): readonly TemplateNode[] {
  const known = read.get(text);
  if (known) return known;
  const inner = JSON.stringify(text).slice(1, -1);
  const nodes = at("failed to parse template config", () => parseTemplate(inner, KNOWN));
  if (read.size >= MAX_READ) read.clear();
  read.set(text, nodes);
  return nodes;
}

/** Go tells the template's name and the line; JSON is one line. */
function at<T>(what: string, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new TemplateError(`${what}: template: config:1: ${error.message}`);
  }
}

function execute(nodes: readonly TemplateNode[], context: TemplateContext): string {
  return nodes.map((node) => {
    if (node.kind === "text") return node.text;
    if (node.kind === "value") return printed(evaluate(node.term, context));
    const { condition, then, otherwise } = node;
    return execute(isTrue(evaluate(condition, context)) ? then : otherwise, context);
  }).join("");
}

function evaluate(term: Term, context: TemplateContext): Json | undefined {
  if (term.kind === "constant") return term.value;
  if (term.kind === "field") return fieldOf(context, term.source, term.path);
  const { name, args } = term;
  if (name === "and" || name === "or") return firstThatDecides(name, args, context);
  const { arity, call } = TEMPLATE_FUNCTIONS[name]!;
  if (args.length !== arity) {
    throw new TemplateError(
      `executing "config" at <${name}>: wrong number of args for ${name}: want ${arity} got ` +
        `${args.length}`,
    );
  }
  return call(...args.map((arg) => evaluate(arg, context)));
}

/** Those behind the one that decides are not looked at, as in Go since 1.18. */
function firstThatDecides(
  name: "and" | "or",
  args: readonly Term[],
  context: TemplateContext,
): Json | undefined {
  if (args.length === 0) {
    throw new TemplateError(`executing "config" at <${name}>: wrong number of args for ${name}`);
  }
  let value: Json | undefined;
  for (const arg of args) {
    value = evaluate(arg, context);
    if (isTrue(value) === (name === "or")) return value;
  }
  return value;
}

/** Go's emptiness: false, 0, a nil pointer, an empty text, list or map. */
function isTrue(value: Json | undefined): boolean {
  if (isList(value)) return value.length > 0;
  // A pointer to a struct that is there.
  return isMap(value) || Boolean(value);
}

function printed(value: Json | undefined): string {
  return value === undefined || value === null ? "<nil>" : String(value);
}
