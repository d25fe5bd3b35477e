// Whether an identifier refers to a global: not a member's name, not in a type, bound nowhere around.

type Node = Deno.lint.Node | Deno.lint.TSParameterProperty;

export function refersToGlobal(node: Deno.lint.Identifier): boolean {
  if (isName(node)) return false;
  for (let around = parentOf(node); around; around = parentOf(around)) {
    if (isType(around) || namesBoundBy(around).includes(node.name)) return false;
  }
  return true;
}

const WORDS_OF: ReadonlySet<string> = new Set([
  "BreakStatement",
  "ContinueStatement",
  "ExportSpecifier",
  "ImportAttribute",
  "ImportSpecifier",
  "LabeledStatement",
  "MetaProperty",
]);

/** A key, a label or the outer name of an import or export: a word that refers to nothing. */
function isName(node: Deno.lint.Identifier): boolean {
  const parent: Node = node.parent;
  switch (parent.type) {
    case "MemberExpression":
      return !parent.computed && parent.property === node;
    case "MethodDefinition":
    case "Property":
    case "PropertyDefinition":
      return !parent.computed && parent.key === node;
    default:
      return WORDS_OF.has(parent.type);
  }
}

const VALUES_OF_TYPESCRIPT: ReadonlySet<string> = new Set([
  "TSAsExpression",
  "TSEnumBody",
  "TSEnumDeclaration",
  "TSEnumMember",
  "TSInstantiationExpression",
  "TSModuleBlock",
  "TSModuleDeclaration",
  "TSNonNullExpression",
  "TSParameterProperty",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
]);

function isType(node: Node): boolean {
  return node.type.startsWith("TS") && !VALUES_OF_TYPESCRIPT.has(node.type);
}

function parentOf(node: Node): Node | undefined {
  return "parent" in node ? (node.parent ?? undefined) : undefined;
}

function namesBoundBy(scope: Node): readonly string[] {
  return [...namesBoundByHead(scope), ...namesBoundByBody(scope)];
}

function namesBoundByHead(scope: Node): readonly string[] {
  switch (scope.type) {
    case "ForStatement":
      return namesDeclaredBy(scope.init);
    case "ForInStatement":
    case "ForOfStatement":
      return namesDeclaredBy(scope.left);
    case "CatchClause":
      return namesIn(scope.param);
    case "ArrowFunctionExpression":
      return scope.params.flatMap(namesIn);
    case "FunctionDeclaration":
    case "FunctionExpression":
      return [...scope.params.flatMap(namesIn), ...namesIn(scope.id)];
    case "ClassExpression":
      return namesIn(scope.id);
    default:
      return [];
  }
}

function namesBoundByBody(scope: Node): readonly string[] {
  switch (scope.type) {
    case "BlockStatement":
    case "Program":
    case "StaticBlock":
      return scope.body.flatMap(namesDeclaredBy);
    case "SwitchStatement":
      return scope.cases.flatMap((one) => one.consequent.flatMap(namesDeclaredBy));
    default:
      return [];
  }
}

function namesDeclaredBy(node: Node | null): readonly string[] {
  switch (node?.type) {
    case "ExportDefaultDeclaration":
    case "ExportNamedDeclaration":
      return node.declaration ? namesDeclaredBy(node.declaration) : [];
    case "ImportDeclaration":
      return node.specifiers.map((one) => one.local.name);
    case "VariableDeclaration":
      return node.declare ? [] : node.declarations.flatMap((one) => namesIn(one.id));
    case "ClassDeclaration":
    case "FunctionDeclaration":
      return node.declare ? [] : namesIn(node.id);
    case "TSEnumDeclaration":
      return namesIn(node.id);
    default:
      return [];
  }
}

/** The names a binding pattern binds. */
function namesIn(pattern: Node | null): readonly string[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern.name];
    case "ArrayPattern":
      return pattern.elements.flatMap(namesIn);
    case "AssignmentPattern":
      return namesIn(pattern.left);
    case "ObjectPattern":
      return pattern.properties.flatMap(namesIn);
    case "Property":
      return namesIn(pattern.value);
    case "RestElement":
      return namesIn(pattern.argument);
    case "TSParameterProperty":
      return namesIn(pattern.parameter);
    default:
      return [];
  }
}
