// `--sort-by`: objects in the order of one of their fields.

import type { Json, KubeObject } from "../kube/object.ts";
import { JsonPath, JsonPathError, relaxedPath } from "../view/jsonpath.ts";
import { CliError } from "./exit.ts";
import { parsed } from "./output.ts";

/** Those without the field come first, as kubectl has them; where none has it, it is mistyped. */
export function sortObjects(objects: readonly KubeObject[], field: string): KubeObject[] {
  const asIs = (message: string) => message;
  const template = parsed(() => relaxedPath(field), JsonPathError, asIs);
  const path = parsed(() => new JsonPath(template), JsonPathError, asIs);
  const keyed = parsed(
    () => {
      return objects.map((object) => {
        return { object, value: path.find(object as unknown as Json).flat()[0] };
      });
    },
    JsonPathError,
    asIs,
  );
  if (objects.length > 0 && keyed.every(({ value }) => value === undefined)) {
    throw new CliError(`couldn't find any field with path "${template}" in the list of objects`);
  }
  return keyed.sort((a, b) => compare(a.value, b.value)).map(({ object }) => object);
}

function compare(a: Json | undefined, b: Json | undefined): number {
  if (a === undefined || b === undefined) {
    return Number(a !== undefined) - Number(b !== undefined);
  }
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [natural(a), natural(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Numbers in texts by value: kubectl sorts `pod-9` before `pod-10`. */
function natural(value: Json): string {
  return String(value).replace(/\d+/g, (digits) => digits.padStart(20, "0"));
}
