// Whether an object may be created, and what the API server and kubectl say of one that may not.

import { printable, quoted } from "./errors.ts";
import { isRecord } from "./fields.ts";
import { llmInferenceServiceSchema } from "./llm_inference_service.ts";
import { toManifest } from "./manifest.ts";
import type { KubeObject } from "./object.ts";
import { CONFIG_RESOURCE, RESOURCES, servedVersions, SERVICE_RESOURCE } from "./resources.ts";
import { specCauses } from "./validate_rules.ts";
import { issueCause } from "./validate_schema.ts";

/** An object that may be written, or kubectl's whole message, without the `error: ` in front. */
export type Validated =
  | { readonly object: KubeObject; readonly refusal?: undefined }
  | { readonly refusal: string; readonly isServers: boolean };

/** Kinds that a user writes; a cluster makes all the others from these. */
const WRITABLE = [SERVICE_RESOURCE.kind, CONFIG_RESOURCE.kind, "Node"];

/**
 * From a parsed document to an object that may be created. `file` is how the user named it;
 * `namespace` is for an object that names none. `isServers` tells kubectl's two voices apart: its
 * own sentence comes behind `error: `, the server's stands alone.
 */
export function validateDocument(document: unknown, file: string, namespace?: string): Validated {
  if (!isRecord(document)) return ownWords(undecodable(file, document, "it holds no object"));
  const { kind, apiVersion } = document;
  if (typeof kind !== "string" || kind === "") {
    return ownWords(undecodable(file, document, "Object 'Kind' is missing"));
  }
  if (typeof apiVersion !== "string" || apiVersion === "") {
    return ownWords(undecodable(file, document, "Object 'apiVersion' is missing"));
  }
  const refusal = kindRefusal(kind, apiVersion, document["metadata"], file, namespace);
  if (refusal !== undefined) return ownWords(refusal);
  const manifest = toManifest(document, namespace);
  if (manifest.problem !== undefined) {
    return serversWords(invalidText(kind, nameOf(document["metadata"]), [manifest.problem]));
  }
  const { object } = manifest;
  const causes = causesOf(object);
  if (causes.length === 0) return { object };
  return serversWords(invalidText(kind, object.metadata.name, causes));
}

/** All that is wrong with the spec, each as the API server words a cause; empty when nothing is. */
export function causesOf(object: KubeObject): readonly string[] {
  const isConfig = object.kind === CONFIG_RESOURCE.kind;
  if (!isConfig && object.kind !== SERVICE_RESOURCE.kind) return [];
  return [...new Set([...schemaCauses(object), ...specCauses(object.spec ?? {}, isConfig)])];
}

/** One cause stands on the line, several on lines of their own. */
export function invalidText(kind: string, name: string, causes: readonly string[]): string {
  const list = causes.length === 1 ? causes[0] : causes.map((cause) => `\n* ${cause}`).join("");
  return `The ${kind} ${quoted(name)} is invalid: ${list}`;
}

function ownWords(refusal: string): Validated {
  return { refusal: printable(refusal), isServers: false };
}

function serversWords(refusal: string): Validated {
  return { refusal: printable(refusal), isServers: true };
}

function undecodable(file: string, document: unknown, reason: string): string {
  return `unable to decode ${JSON.stringify(file)}: ${reason} in '${JSON.stringify(document)}'`;
}

/** A kind that mtop does not know, or knows and lets nobody write. */
function kindRefusal(
  kind: string,
  apiVersion: string,
  metadata: unknown,
  file: string,
  namespace = "default",
): string | undefined {
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  const resource = RESOURCES.find((known) =>
    known.kind === kind && known.group === group && servedVersions(known).includes(version)
  );
  if (resource === undefined) {
    const given = isRecord(metadata) ? metadata["namespace"] : undefined;
    return `resource mapping not found for name: ${quoted(nameOf(metadata))} namespace: ` +
      `${JSON.stringify(given ?? namespace)} from ${JSON.stringify(file)}: no matches for kind ` +
      `${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}\n` +
      "ensure CRDs are installed first";
  }
  if (WRITABLE.includes(kind)) return undefined;
  return `Cannot write the ${kind} in ${
    JSON.stringify(file)
  }: the mock cluster makes its own from ` +
    `${WRITABLE.slice(0, -1).join(", ")} and ${WRITABLE.at(-1)} objects, so write one of those`;
}

function nameOf(metadata: unknown): string {
  const name = isRecord(metadata) ? metadata["name"] : undefined;
  return name === undefined || name === null ? "" : String(name);
}

function schemaCauses(object: KubeObject): string[] {
  // A config's spec has the type of a service's.
  const service = { ...object, kind: SERVICE_RESOURCE.kind, spec: object.spec ?? {} };
  const { error } = llmInferenceServiceSchema.safeParse(service);
  return (error?.issues ?? [])
    // The model may come from a config; a simulation, which needs one, says so itself.
    .filter(({ path }) => path.join(".") !== "spec.model" || object.spec?.["model"] !== undefined)
    .map((issue) => issueCause(issue, service));
}
