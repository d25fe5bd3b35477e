// Fields of a manifest that KServe does not have: an API server refuses them, and a run would pass over them.

import { unknownFields } from "../kube/known_fields.ts";
import { pathText, type Problem, suggestion } from "./problem.ts";

/** Of a service or a config as it is stored, which stands at this path of a scenario. */
export function unknownFieldProblems(object: unknown, at: readonly PropertyKey[]): Problem[] {
  return unknownFields(object).map(({ path, known }) => {
    const name = String(path.at(-1));
    const message = `Unknown field "${name}": ${suggestion(name, known)}`;
    return { path: pathText([...at, ...path]), message };
  });
}
