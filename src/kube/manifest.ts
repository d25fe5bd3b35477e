// From any data to the Kubernetes objects in it: identity and names only, no kind's own shape.

import { printable, quoted } from "./errors.ts";
import type { KubeObject } from "./object.ts";
import { resourceOf, SERVICE_RESOURCE } from "./resources.ts";

/** An object, or why the data is none: one clause without the place. */
export type Manifest =
  | { readonly object: KubeObject; readonly problem?: undefined }
  | { readonly problem: string };

const DEFAULT_NAMESPACE = "default";

/** Kinds that have no namespace, beside those that `RESOURCES` knows. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "DeviceClass",
  "GatewayClass",
  "IngressClass",
  "Namespace",
  "PersistentVolume",
  "PriorityClass",
  "ResourceSlice",
  "RuntimeClass",
  "StorageClass",
]);

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_PATTERN = new RegExp(`^${LABEL}$`);
const SUBDOMAIN_PATTERN = new RegExp(`^${SUBDOMAIN}$`);
const KIND_PATTERN = /^[A-Za-z][A-Za-z0-9]{0,62}$/;
const VERSION_PATTERN = new RegExp(`^(?:${SUBDOMAIN}/)?v?[a-z0-9]{1,63}$`);
/** Limits of RFC 1123 as apimachinery has them. */
const MAX_SUBDOMAIN = 253;
const MAX_LABEL = 63;

/** The objects of one document: a `List` is unpacked, nothing (an empty document) is none. */
export function* documentsOf(document: unknown): Generator<unknown> {
  if (document === undefined || document === null) return;
  if (!isList(document)) return yield document;
  for (const item of document.items) yield* documentsOf(item);
}

/** `kind: List`, and `kind: LLMInferenceServiceList` as the API server itself answers. */
function isList(document: unknown): document is { items: readonly unknown[] } {
  if (!isRecord(document)) return false;
  const { kind, items } = document;
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items);
}

/**
 * Checks what every object has and gives it its namespace. `namespace` is for objects that name
 * none of their own.
 */
export function toManifest(document: unknown, namespace = DEFAULT_NAMESPACE): Manifest {
  if (!isRecord(document)) return { problem: "it holds no object" };
  const { apiVersion, kind, metadata } = document;
  if (!isText(kind)) return { problem: "Object 'Kind' is missing" };
  if (!isText(apiVersion)) return { problem: "Object 'apiVersion' is missing" };
  if (!KIND_PATTERN.test(kind)) return { problem: `kind: Invalid value: ${quoted(kind)}` };
  if (!VERSION_PATTERN.test(apiVersion)) {
    return { problem: `apiVersion: Invalid value: ${quoted(apiVersion)}` };
  }
  const fields = isRecord(metadata) ? metadata : {};
  const problem = oldVersionProblem(kind, apiVersion, fields["name"]) ??
    nameProblem(fields["name"]) ?? namespaceProblem(fields["namespace"]) ??
    fieldProblem(document);
  if (problem !== undefined) return { problem };
  return { object: withNamespace(withoutNulls(document) as unknown as KubeObject, namespace) };
}

/** The API server drops fields that are null, so that none of its readers meets one. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return same(value, value.map(withoutNulls));
  if (!isRecord(value)) return value;
  const before = Object.entries(value);
  const after = before.filter(([, field]) => field !== null && field !== undefined)
    .map(([key, field]) => [key, withoutNulls(field)] as const);
  const isSame = after.length === before.length &&
    after.every(([key, field]) => field === value[key]);
  return isSame ? value : Object.fromEntries(after);
}

function same(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((item, index) => item === before[index]) ? before : after;
}

/** Spec and the maps of metadata are read everywhere as what they should be. */
function fieldProblem({ spec, metadata }: Record<string, unknown>): string | undefined {
  if (spec !== undefined && spec !== null && !isRecord(spec)) {
    return `spec: Invalid value: "${typeName(spec)}": must be of type object`;
  }
  for (const name of ["labels", "annotations"]) {
    const map = isRecord(metadata) ? metadata[name] : undefined;
    if (map === undefined || map === null) continue;
    if (isRecord(map) && Object.values(map).every((value) => typeof value === "string")) continue;
    return `metadata.${name}: Invalid value: must be a map of strings`;
  }
  return isRecord(metadata) ? timeProblem(metadata) : undefined;
}

/** RFC 3339, as the API server parses it. */
const TIME = /^\d{4}-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** A time that is none would have an age of nobody's knowing. */
function timeProblem(metadata: Record<string, unknown>): string | undefined {
  for (const name of ["creationTimestamp", "deletionTimestamp"]) {
    const time = metadata[name];
    if (time === undefined || time === null || isTime(time)) continue;
    return `metadata.${name}: Invalid value: ${said(time)}: must be a time such as ` +
      "2026-01-01T00:00:00Z";
  }
  return undefined;
}

function isTime(time: unknown): boolean {
  const parts = typeof time === "string" ? TIME.exec(time)?.slice(1).map(Number) : undefined;
  if (parts === undefined) return false;
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 &&
    second < 60;
}

/**
 * Why a service or config of KServe's first version is not read, whose spec has other fields: a
 * sentence. Undefined for all else, and for kinds that mtop does not know.
 */
export function oldVersionProblem(
  kind: string,
  apiVersion: string,
  name: unknown,
): string | undefined {
  const resource = resourceOf({ kind, apiVersion });
  if (resource === undefined || apiVersion !== `${SERVICE_RESOURCE.group}/v1alpha1`) {
    return undefined;
  }
  const { group, version } = resource;
  const named = isText(name) ? `${kind} ${quoted(name)}` : kind;
  return `${named} is v1alpha1: mtop reads ${version}; change apiVersion to ${group}/${version}`;
}

/** In the words of apimachinery, or undefined for a good name. */
export function nameProblem(name: unknown): string | undefined {
  if (name === undefined || name === null || name === "") {
    return "metadata.name: Required value: name or generateName is required";
  }
  const field = `metadata.name: Invalid value: ${said(name)}`;
  if (typeof name !== "string") return `${field}: must be of type string`;
  if (name.length > MAX_SUBDOMAIN) {
    return `${field}: must be no more than ${MAX_SUBDOMAIN} characters`;
  }
  if (SUBDOMAIN_PATTERN.test(name)) return undefined;
  return `${field}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric ` +
    "characters, '-' or '.', and must start and end with an alphanumeric character " +
    `(e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;
}

/** In the words of apimachinery, or undefined for a good namespace or none. */
export function namespaceProblem(namespace: unknown): string | undefined {
  if (namespace === undefined || namespace === null || namespace === "") return undefined;
  const field = `metadata.namespace: Invalid value: ${said(namespace)}`;
  if (typeof namespace !== "string") return `${field}: must be of type string`;
  if (namespace.length > MAX_LABEL) return `${field}: must be no more than ${MAX_LABEL} characters`;
  if (LABEL_PATTERN.test(namespace)) return undefined;
  return `${field}: a lowercase RFC 1123 label must consist of lower case alphanumeric ` +
    "characters or '-', and must start and end with an alphanumeric character " +
    `(e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`;
}

function withNamespace(object: KubeObject, fallback: string): KubeObject {
  const namespaced = resourceOf(object)?.namespaced ?? !CLUSTER_SCOPED.has(object.kind);
  const { namespace: given, ...metadata } = object.metadata;
  if (!namespaced) return given === undefined ? object : { ...object, metadata };
  if (isText(given)) return object;
  return { ...object, metadata: { ...metadata, namespace: fallback } };
}

/** A value in an error: text as Go quotes it, all else as JSON. */
function said(value: unknown): string {
  return typeof value === "string" ? quoted(value) : printable(JSON.stringify(value));
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A JSON value's type as the API server names it. */
export function typeName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}
