// Where a linted file stands in the tree, and where its specifiers lead: no file is read.

export type Target =
  | { readonly kind: "src"; readonly path: string }
  | { readonly kind: "outside"; readonly path: string }
  | { readonly kind: "package"; readonly name: string }
  | { readonly kind: "builtin" }
  | { readonly kind: "refused" };

const TREE = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** The path of a file in `src`, or undefined for a file elsewhere. */
export function pathInSrc(filename: string): string | undefined {
  const slashed = filename.replaceAll("\\", "/");
  const path = slashed.startsWith(TREE) ? slashed.slice(TREE.length) : slashed;
  return path.startsWith("src/") ? path.slice("src/".length) : undefined;
}

/** Where `specifier` leads from the file at `path` in `src`. */
export function targetOf(path: string, specifier: string): Target {
  if (specifier.startsWith(".")) return relativeTarget(path, specifier);
  if (specifier.startsWith("node:")) return { kind: "builtin" };
  if (isRefused(specifier)) return { kind: "refused" };
  if (specifier === "mtop") return { kind: "src", path: "mod.ts" };
  if (specifier.startsWith("mtop/")) {
    return { kind: "src", path: `${specifier.slice("mtop/".length)}.ts` };
  }
  return { kind: "package", name: packageName(specifier) };
}

/** Code from outside the npm registry and the tree: no mirror serves it. */
export function isRefused(specifier: string): boolean {
  return /^(jsr|https?):/.test(specifier);
}

function relativeTarget(path: string, specifier: string): Target {
  const resolved = new URL(specifier, `file:///tree/src/${path}`).pathname;
  const inSrc = "/tree/src/";
  return resolved.startsWith(inSrc)
    ? { kind: "src", path: resolved.slice(inSrc.length) }
    : { kind: "outside", path: resolved };
}

function packageName(specifier: string): string {
  const bare = specifier.replace(/^npm:\/?/, "");
  const [first = "", second = ""] = bare.split("/");
  const name = bare.startsWith("@") ? `${first}/${second}` : first;
  return name.replace(/(?<=.)@.*$/, "");
}
