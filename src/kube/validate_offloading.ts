// What the webhook says of `kvCacheOffloading`: each tier has one place to keep its blocks.

import { type Fields, has, isRecord, mapOf } from "./fields.ts";
import { broken, invalid, required } from "./validate_words.ts";

export function offloadingCauses(workload: Fields, path: string): string[] {
  const offloading = mapOf(workload, "kvCacheOffloading");
  const tiers = offloading?.["secondary"];
  if (!Array.isArray(tiers) || tiers.length === 0) return [];
  const field = `${path}.kvCacheOffloading`;
  return [
    ...broken([
      isZero(offloading?.["cpu"]),
      required(`${field}.cpu`, "cpu must be set when secondary tiers are configured"),
    ]),
    ...tiers.flatMap((tier, index) => tierCauses(tier, `${field}.secondary[${index}].fileSystem`)),
  ];
}

function tierCauses(tier: unknown, field: string): string[] {
  if (!isRecord(tier)) return [];
  if (!has(tier, "fileSystem")) {
    return [required(field, "only fileSystem tiers are supported; fileSystem must be set")];
  }
  const system = mapOf(tier, "fileSystem");
  if (system === undefined) return [];
  const wrong = oneOfCauses(system, ["emptyDir", "pvc"], field);
  const claim = mapOf(system, "pvc");
  if (wrong.length > 0 || claim === undefined) return wrong;
  const name = mapOf(claim, "ref")?.["name"] ?? "";
  return [
    ...oneOfCauses(claim, ["spec", "ref"], `${field}.pvc`),
    ...broken([
      has(claim, "ref") && !has(claim, "spec") && name === "",
      required(`${field}.pvc.ref.name`, "name is required"),
    ]),
  ];
}

function oneOfCauses(fields: Fields, names: readonly [string, string], field: string): string[] {
  const message = `exactly one of ${names.join(" or ")} must be set`;
  const given = names.filter((name) => has(fields, name)).length;
  return broken(
    [given === 0, required(field, message)],
    [given > 1, invalid(field, fields, `${message}; multiple are set`)],
  );
}

/** Of a quantity; an absent one is zero. */
function isZero(quantity: unknown): boolean {
  return quantity === undefined || quantity === 0 ||
    (typeof quantity === "string" && /^[+-]?0*\.?0*[A-Za-z]*$/.test(quantity));
}
