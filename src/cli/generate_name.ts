// The name that the API server gives an object which asks for one by `metadata.generateName`.

import { mapIn } from "../kube/json_shape.ts";
import { generatedName } from "../kube/names.ts";
import type { Json, JsonObject } from "../kube/object.ts";

/**
 * The document with a name: the first of its prefix for which `taken` is false. The server draws at
 * random, mtop in an order, so that the same commands give the same names. A document that has a name,
 * or asks for none, stays as it is.
 */
export function withGeneratedName(
  document: unknown,
  taken: (name: string) => boolean,
): unknown {
  const prefix = generateNameOf(document);
  if (prefix === undefined) return document;
  let ordinal = 0;
  while (taken(generatedName(prefix, ordinal))) ordinal++;
  const { metadata, ...rest } = document as JsonObject;
  const name = generatedName(prefix, ordinal);
  return { ...rest, metadata: { ...metadata as JsonObject, name } };
}

/** The prefix of a document that has no name; undefined where it is none to generate a name from. */
export function generateNameOf(document: unknown): string | undefined {
  const metadata = mapIn(document as Json, "metadata");
  if (!metadata) return undefined;
  const { name, generateName } = metadata;
  if (typeof generateName !== "string" || generateName === "") return undefined;
  return name === undefined || name === null || name === "" ? generateName : undefined;
}
