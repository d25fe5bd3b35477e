// Lint rule `arrows`: every import of a file in `src` obeys floors.ts, and none leaves npm.
import { COMMON_PACKAGES, edgeFilesOf, type Floor, floorName, floorOf } from "./floors.ts";
import { isRefused, pathInSrc, targetOf } from "./paths.ts";

type Source = Deno.lint.Expression | Deno.lint.TypeNode | null;

export const arrows: Deno.lint.Rule = {
  create(context) {
    const path = pathInSrc(context.filename);

    function check(source: Source, typeOnly: boolean): void {
      const literal = source?.type === "TSLiteralType" ? source.literal : source;
      if (literal?.type !== "Literal" || typeof literal.value !== "string") return;
      const message = refusal(path, literal.value, typeOnly);
      if (message !== undefined) context.report({ node: literal, message });
    }

    return {
      ImportDeclaration: (node) => check(node.source, node.importKind === "type"),
      ExportAllDeclaration: (node) => check(node.source, node.exportKind === "type"),
      ExportNamedDeclaration: (node) => check(node.source, node.exportKind === "type"),
      ImportExpression: (node) => check(node.source, false),
      TSImportType: (node) => check(node.argument, true),
    };
  },
};

function refusal(path: string | undefined, specifier: string, typeOnly: boolean) {
  if (isRefused(specifier)) return `Code comes from npm or the tree, not from "${specifier}"`;
  if (path === undefined) return undefined;
  const floor = floorOf(path);
  if (floor === undefined) return `"src/${floorName(path)}" is no floor of tests/lint/floors.ts`;
  const target = targetOf(path, specifier);
  if (target.kind === "src") return srcRefusal(path, floor, target.path, typeOnly);
  if (target.kind === "package") return packageRefusal(path, floor, target.name);
  if (target.kind === "outside" && /\.[cm]?[jt]sx?$/.test(target.path)) {
    return `Code in src must not import code outside it: "${specifier}"`;
  }
  return undefined;
}

function srcRefusal(path: string, floor: Floor, target: string, typeOnly: boolean) {
  if (floor.files.includes(target)) return undefined;
  const other = floorName(target);
  if (other !== floor.name && !floor.mayImport.includes(other)) {
    return `"${floor.name}" must not import "${other}": arrows go one way, see tests/lint/floors.ts`;
  }
  const files = edgeFilesOf(target);
  if (files === undefined || (typeOnly && files.openTypes)) return undefined;
  return files.readers.includes(floor.name) || path.startsWith(files.prefix)
    ? undefined
    : `"src/${path}" must not import "${files.prefix}*": it touches the outside`;
}

function packageRefusal(path: string, floor: Floor, name: string) {
  const allowed = [...COMMON_PACKAGES, ...floor.packages, ...(edgeFilesOf(path)?.packages ?? [])];
  return allowed.includes(name)
    ? undefined
    : `"src/${path}" must not import package "${name}": its floor does not list it`;
}
