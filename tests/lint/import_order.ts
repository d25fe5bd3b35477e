// Lint rule `import-order`: imports stand first, in one order that nobody has to think about.

export const importOrder: Deno.lint.Rule = {
  create(context) {
    return {
      Program({ body }) {
        const imports = body.filter((node) => node.type === "ImportDeclaration");
        imports.forEach(({ source }, index) => {
          const isFirst = body[index] === imports[index];
          const message = complaint(source.value, imports[index - 1]?.source.value, isFirst);
          if (message !== undefined) context.report({ node: source, message });
        });
      },
    };
  },
};

function complaint(specifier: string, before: string | undefined, isFirst: boolean) {
  if (!isFirst) return `Import of "${specifier}" must stand before all other code`;
  if (before === undefined || compare(before, specifier) <= 0) return undefined;
  return `Import of "${specifier}" must stand before "${before}": node:, packages, mtop, relative`;
}

/** Within a group plain code-unit order, which puts `../../` before `../` before `./`. */
function compare(left: string, right: string): number {
  return groupOf(left) - groupOf(right) || (left < right ? -1 : left > right ? 1 : 0);
}

function groupOf(specifier: string): number {
  if (specifier.startsWith("node:")) return 0;
  if (/^\.{0,2}\//.test(specifier)) return 3;
  return specifier === "mtop" || specifier.startsWith("mtop/") ? 2 : 1;
}
