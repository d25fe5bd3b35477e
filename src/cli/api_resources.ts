// `mtop api-resources`: the types of objects that mtop knows, as kubectl lists them.

import { RESOURCES } from "../kube/resources.ts";
import { table } from "../view/table.ts";
import type { Console } from "./console.ts";

const HEADS = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];

export function apiResources(console: Console): void {
  const rows = RESOURCES.map(({ plural, shortNames, group, version, namespaced, kind }) => [
    plural,
    shortNames.join(","),
    group === "" ? version : `${group}/${version}`,
    String(namespaced),
    kind,
  ]);
  console.out(`${table([HEADS, ...rows]).join("\n")}\n`);
}
