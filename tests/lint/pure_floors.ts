// Lint rule `pure-floors`: code on a pure floor reaches nothing outside the program.
import { isPure } from "./floors.ts";
import { pathInSrc } from "./paths.ts";
import { refersToGlobal } from "./scope.ts";

const GLOBALS: ReadonlySet<string> = new Set([
  "BroadcastChannel",
  "Date",
  "Deno",
  "EventSource",
  "SharedWorker",
  "Temporal",
  "WebSocket",
  "Worker",
  "XMLHttpRequest",
  "alert",
  "caches",
  "clearInterval",
  "clearTimeout",
  "confirm",
  "console",
  "eval",
  "fetch",
  "global",
  "globalThis",
  "localStorage",
  "location",
  "navigator",
  "performance",
  "process",
  "prompt",
  "self",
  "sessionStorage",
  "setImmediate",
  "setInterval",
  "setTimeout",
  "window",
]);

/** Members of globals that are pure otherwise. */
const MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["Math", ["random"]],
  ["crypto", ["getRandomValues", "randomUUID"]],
]);

/** Node's modules that only compute, and which of their names do; "*" opens the whole module. */
const MODULES: ReadonlyMap<string, readonly string[]> = new Map([
  ["node:assert", ["*"]],
  ["node:assert/strict", ["*"]],
  ["node:buffer", ["*"]],
  ["node:crypto", ["createHash", "hash"]],
  ["node:util", ["inspect", "isDeepStrictEqual", "stripVTControlCharacters"]],
]);

export const pureFloors: Deno.lint.Rule = {
  create(context) {
    const path = pathInSrc(context.filename);
    if (path === undefined || !isPure(path)) return {};

    function refuse(node: Deno.lint.Node, what: string): void {
      const message = `"${what}" reaches outside, and "src/${path}" is on a pure floor`;
      context.report({ node, message });
    }

    function checkModule(source: Deno.lint.Expression, names: readonly string[]): void {
      if (source.type !== "Literal" || typeof source.value !== "string") return;
      const what = outsideOf(source.value, names);
      if (what !== undefined) refuse(source, what);
    }

    return {
      Identifier(node) {
        const what = outsideReach(node);
        if (what !== undefined && refersToGlobal(node)) refuse(node, what);
      },
      ImportDeclaration(node) {
        if (node.importKind === "value") checkModule(node.source, importedNames(node));
      },
      ExportAllDeclaration(node) {
        if (node.exportKind === "value") checkModule(node.source, ["*"]);
      },
      ExportNamedDeclaration(node) {
        if (node.exportKind === "type" || !node.source) return;
        checkModule(node.source, node.specifiers.map((one) => nameOf(one.local)));
      },
      ImportExpression: (node) => checkModule(node.source, ["*"]),
    };
  },
};

/** What an identifier would reach if it is a global: its own name, or a member such as Math.random. */
function outsideReach(node: Deno.lint.Identifier): string | undefined {
  if (GLOBALS.has(node.name)) return node.name;
  const members = MEMBERS.get(node.name);
  const member = members && membersTaken(node).find((name) => members.includes(name));
  return member && `${node.name}.${member}`;
}

/** `random` in `Math.random`, in `Math["random"]` and in `const { random } = Math`. */
function membersTaken(node: Deno.lint.Identifier): readonly string[] {
  const parent: Deno.lint.Node = node.parent;
  if (parent.type === "MemberExpression" && parent.object === node) {
    return [nameOf(parent.property)];
  }
  if (parent.type !== "VariableDeclarator" || parent.id.type !== "ObjectPattern") return [];
  return parent.id.properties.map((one) => one.type === "Property" ? nameOf(one.key) : "");
}

function outsideOf(specifier: string, names: readonly string[]): string | undefined {
  if (!specifier.startsWith("node:")) return undefined;
  const pure = MODULES.get(specifier);
  if (pure === undefined) return specifier;
  const name = pure.includes("*") ? undefined : names.find((one) => !pure.includes(one));
  return name && `${name} of ${specifier}`;
}

function importedNames(node: Deno.lint.ImportDeclaration): readonly string[] {
  return node.specifiers.map((one) => {
    if (one.type === "ImportSpecifier") return nameOf(one.imported);
    return one.type === "ImportDefaultSpecifier" ? "default" : "*";
  });
}

function nameOf(node: Deno.lint.Node): string {
  if (node.type === "Identifier") return node.name;
  return node.type === "Literal" ? String(node.value) : "";
}
