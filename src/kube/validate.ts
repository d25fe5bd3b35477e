// Whether an object may be created or changed, and what the API server and kubectl say of one that may
// not: all of it at once. What KServe's objects may hold is in schema/, which only this loads.

import { printable, quoted } from "./errors.ts";
import { type Fields, isRecord, mapOf, without } from "./fields.ts";
import { labelCauses } from "./labels.ts";
import { isTooDeep, toManifest, TOO_DEEP, withoutNulls } from "./manifest.ts";
import { metadataCauses } from "./metadata.ts";
import { type KubeObject, objectKey } from "./object.ts";
import { CONFIG_RESOURCE, RESOURCES, servedVersions, SERVICE_RESOURCE } from "./resources.ts";
import { kserveSchema, type Version } from "./schema/kserve.ts";
import { celCauses } from "./validate_cel.ts";
import { issueCauses, unknownFields } from "./validate_schema.ts";
import {
  type Admission,
  configCauses,
  configWarnings,
  serviceCauses,
  serviceWarnings,
} from "./validate_webhook.ts";

/** What is done about a field that the schema does not have: refused, told and dropped, or dropped. */
export type FieldValidation = "strict" | "warn" | "ignore";

export interface ValidationOptions {
  /** For an object that names none. */
  readonly namespace?: string;
  /** kubectl's own default is strict. */
  readonly fields?: FieldValidation;
  /** The object that is there already. */
  readonly stored?: (key: string) => KubeObject | undefined;
}

/**
 * Who refuses, which kubectl tells by what stands in front: its own sentence comes behind `error: `,
 * a decoder's behind `Error from server (BadRequest): `, and that of an admission stands alone.
 */
export interface Refusal {
  readonly by: "kubectl" | "decoder" | "admission";
  readonly text: string;
}

/** An object that may be written, in the version that is stored; or all that keeps it from being. */
export type Validated =
  | { readonly object: KubeObject; readonly warnings: readonly string[] }
  | { readonly refusals: readonly Refusal[] };

/** Kinds that a user writes; a cluster makes all the others from these. */
const WRITABLE = [SERVICE_RESOURCE.kind, CONFIG_RESOURCE.kind, "Node"];

/** From a parsed document to an object that may be written. `file` is how the user named it. */
export function validateDocument(
  document: unknown,
  file: string,
  options: ValidationOptions = {},
): Validated {
  if (isTooDeep(document)) return kubectls(`unable to decode ${JSON.stringify(file)}: ${TOO_DEEP}`);
  if (!isRecord(document)) return kubectls(undecodable(file, document, "it holds no object"));
  const { kind, apiVersion, metadata } = document;
  if (typeof kind !== "string" || kind === "") {
    return kubectls(undecodable(file, document, "Object 'Kind' is missing"));
  }
  if (typeof apiVersion !== "string" || apiVersion === "") {
    return kubectls(undecodable(file, document, "Object 'apiVersion' is missing"));
  }
  const refusal = kindRefusal(kind, apiVersion, metadata, file, options.namespace);
  if (refusal !== undefined) return kubectls(refusal);
  if (kind !== "Node") return validateOfKserve(document, kind, apiVersion, options);
  const manifest = toManifest(document, options.namespace);
  return manifest.problem === undefined
    ? { object: manifest.object, warnings: [] }
    : { refusals: [admissions(kind, document, [manifest.problem])] };
}

function validateOfKserve(
  document: Fields,
  kind: string,
  apiVersion: string,
  { namespace, fields = "strict", stored }: ValidationOptions,
): Validated {
  const whole = withoutNulls(document) as Fields;
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1) as Version;
  const isConfig = kind === CONFIG_RESOURCE.kind;
  const issues = kserveSchema(version, isConfig).safeParse(whole).error?.issues ?? [];
  const unknown = unknownFields(issues);
  const manifest = toManifest(whole, namespace);
  const previous = manifest.problem === undefined
    ? stored?.(objectKey(manifest.object))?.spec
    : undefined;
  const admission = admissionOf(whole, version, previous);
  const causes = new Set([
    ...metadataCauses(whole["metadata"]),
    ...labelCauses(whole["metadata"]),
    ...issueCauses(issues, whole),
    ...celCauses(admission.spec),
    ...(isConfig ? configCauses : serviceCauses)(admission),
  ]);
  const refusals = [
    ...(fields === "strict" && unknown.length > 0 ? [decoders(kind, version, unknown)] : []),
    ...(causes.size > 0 ? [admissions(kind, whole, [...causes])] : []),
  ];
  if (refusals.length > 0) return { refusals };
  // The schema has judged all that is asked here, and more.
  const pruned = toManifest(unknown.reduce(withoutField, whole), namespace);
  if (pruned.problem !== undefined) {
    return { refusals: [admissions(kind, whole, [pruned.problem])] };
  }
  const warnings = (isConfig ? configWarnings : serviceWarnings)(admission);
  const told = fields === "warn" ? unknown.map(unknownField) : [];
  return { object: pruned.object, warnings: [...told, ...warnings].map(printable) };
}

function admissionOf(
  document: Fields,
  version: string,
  previous: Fields | undefined,
): Admission {
  const metadata = mapOf(document, "metadata");
  return {
    version,
    name: nameOf(metadata),
    namespace: String(metadata?.["namespace"] ?? "default"),
    annotations: mapOf(metadata, "annotations") ?? {},
    spec: mapOf(document, "spec") ?? {},
    previous,
  };
}

function kubectls(text: string): Validated {
  return { refusals: [{ by: "kubectl", text: printable(text) }] };
}

function decoders(
  kind: string,
  version: string,
  unknown: readonly (readonly PropertyKey[])[],
): Refusal {
  const fields = unknown.map(unknownField).join(", ");
  const text = `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding ` +
    `error: ${fields}`;
  return { by: "decoder", text: printable(text) };
}

/** One cause stands on the line, several on lines of their own. */
function admissions(kind: string, document: Fields, causes: readonly string[]): Refusal {
  const list = causes.length === 1 ? causes[0] : causes.map((cause) => `\n* ${cause}`).join("");
  const text = `The ${kind} ${quoted(nameOf(document["metadata"]))} is invalid: ${list}`;
  return { by: "admission", text: printable(text) };
}

/** As the decoder writes a path: with a dot before any name, whatever is in it. */
function unknownField(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`);
  return `unknown field ${quoted(parts.join("").slice(1))}`;
}

function withoutField(fields: Fields, path: readonly PropertyKey[]): Fields {
  return removed(fields, path) as Fields;
}

function removed(value: unknown, [part = "", ...rest]: readonly PropertyKey[]): unknown {
  const name = String(part);
  if (Array.isArray(value)) {
    return value.map((item, index) => String(index) === name ? removed(item, rest) : item);
  }
  if (!isRecord(value)) return value;
  return rest.length === 0 ? without(value, name) : Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, key === name ? removed(field, rest) : field]),
  );
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
