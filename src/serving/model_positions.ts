// How many positions a config.json gives a model, its RoPE scaling counted in; it knows no other field.

import { ConfigFields, isJsonObject, type JsonObject } from "./config_fields.ts";

/** Scalings that `max_position_embeddings` has counted in already. */
const COUNTED_IN: readonly string[] = ["su", "longrope", "llama3"];

/**
 * The longest context in tokens, as vLLM derives it (`_get_and_verify_max_len`): YaRN's factor
 * multiplies the positions that were trained, others (linear, dynamic) those of the config. Gemma 3's
 * are scaled already. All kinds of layers are taken to have the same factor.
 */
export function positionsOf(object: JsonObject, fields: ConfigFields, type: string): number {
  const published = fields.count("max_position_embeddings", "n_positions");
  if (type.startsWith("gemma3")) return published;
  let positions = published;
  let factor = 1;
  for (const [path, scaling] of scalingsOf(object)) {
    const scale = new ConfigFields(scaling, `${path}.`);
    const kind = scale.text("rope_type", "type") ?? "default";
    if (!COUNTED_IN.includes(kind)) factor = scale.positive("factor", factor);
    if (kind === "yarn") positions = scale.count("original_max_position_embeddings");
    for (const problem of scale.problems) fields.problems.push(problem);
  }
  return Math.floor(positions * factor);
}

/** `rope_parameters` is what Transformers 5 makes of `rope_scaling`; one, or one for each kind of layer. */
function scalingsOf(object: JsonObject): [string, JsonObject][] {
  const name = ["rope_parameters", "rope_scaling"].find((each) => isJsonObject(object[each]));
  if (name === undefined) return [];
  const found = object[name] as JsonObject;
  const perKind = Object.entries(found).flatMap(([kind, each]): [string, JsonObject][] =>
    isJsonObject(each) ? [[`${name}.${kind}`, each]] : []
  );
  return perKind.length > 0 ? perKind : [[name, found]];
}
