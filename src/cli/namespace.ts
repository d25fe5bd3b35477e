// A namespace that a user typed, checked before it becomes part of a key or of a file's name.

import { namespaceProblem } from "../kube/metadata.ts";
import { CliError } from "./exit.ts";

export function checkedNamespace(namespace: string): string {
  const problem = namespaceProblem(namespace);
  if (problem === undefined) return namespace;
  throw new CliError(problem.replace("metadata.namespace: ", "--namespace: "));
}
