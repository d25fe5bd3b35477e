// Lint rule `complexity`: a function with more than 12 paths through it is too much to hold in mind.

type Func =
  | Deno.lint.ArrowFunctionExpression
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression;

/** Cyclomatic complexity (McCabe 1976: decisions + 1) a function may have. */
const LIMIT = 12;

export const complexity: Deno.lint.Rule = {
  create(context) {
    const open: number[] = [];

    function enter(): void {
      open.push(1);
    }

    function decide(): void {
      const count = open.pop();
      if (count !== undefined) open.push(count + 1);
    }

    function leave(node: Func): void {
      const count = open.pop() ?? 0;
      if (count <= LIMIT) return;
      const { key, called } = nameNode(node);
      const name = key ? `"${context.sourceCode.getText(key)}"` : "anonymous function";
      const message = `Complexity of ${called}${name} is ${count}, above ${LIMIT}`;
      context.report({ range: key?.range ?? firstLine(node, context.sourceCode.text), message });
    }

    return {
      ArrowFunctionExpression: enter,
      FunctionDeclaration: enter,
      FunctionExpression: enter,
      "ArrowFunctionExpression:exit": leave,
      "FunctionDeclaration:exit": leave,
      "FunctionExpression:exit": leave,
      CatchClause: decide,
      ConditionalExpression: decide,
      DoWhileStatement: decide,
      ForInStatement: decide,
      ForOfStatement: decide,
      ForStatement: decide,
      IfStatement: decide,
      LogicalExpression: decide,
      SwitchCase: (node) => node.test && decide(),
      WhileStatement: decide,
    };
  },
};

/** The node that names a function: its own name, what it is bound to, or what it is passed to. */
function nameNode(node: Func): { readonly key?: Deno.lint.Node; readonly called: string } {
  if (node.type !== "ArrowFunctionExpression" && node.id) return { key: node.id, called: "" };
  const parent: Deno.lint.Node = node.parent;
  switch (parent.type) {
    case "VariableDeclarator":
      return { key: parent.id, called: "" };
    case "AssignmentExpression":
      return { key: parent.left, called: "" };
    case "MethodDefinition":
    case "Property":
    case "PropertyDefinition":
      return { key: parent.key, called: "" };
    case "CallExpression":
      return { key: parent.callee, called: "the function passed to " };
    default:
      return { called: "" };
  }
}

function firstLine(node: Func, text: string): Deno.lint.Range {
  const [start, end] = node.range;
  const newline = text.indexOf("\n", start);
  return [start, newline < 0 ? end : Math.min(newline, end)];
}
