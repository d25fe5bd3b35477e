// From any data to the Kubernetes objects in it: identity and names only, no kind's own shape.

import { toStorage } from "./conversion.ts";
import { quoted } from "./errors.ts";
import { type Fields, isRecord, typeName } from "./fields.ts";
import { metadataCauses, SUBDOMAIN } from "./metadata.ts";
import type { KubeObject } from "./object.ts";
import { resourceOf } from "./resources.ts";

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

const KIND_PATTERN = /^[A-Za-z][A-Za-z0-9]{0,62}$/;
const VERSION_PATTERN = new RegExp(`^(?:${SUBDOMAIN}/)?v?[a-z0-9]{1,63}$`);
/** The objects of one document: a `List` is unpacked, nothing (an empty document) is none. */
export function* documentsOf(document: unknown): Generator<unknown> {
  if (document === undefined || document === null) return;
  if (!isList(document) || isTooDeep(document)) return yield document;
  for (const item of document.items) yield* documentsOf(item);
}

/** `kind: List`, and `kind: LLMInferenceServiceList` as the API server itself answers. */
function isList(document: unknown): document is { items: readonly unknown[] } {
  if (!isRecord(document)) return false;
  const { kind, items } = document;
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items);
}

/**
 * Checks what every object has, gives it its namespace and turns it into the version that is stored.
 * `namespace` is for objects that name none of their own.
 */
export function toManifest(document: unknown, namespace = DEFAULT_NAMESPACE): Manifest {
  if (!isRecord(document)) return { problem: "it holds no object" };
  if (isTooDeep(document)) return { problem: TOO_DEEP };
  const { apiVersion, kind, metadata } = document;
  if (!isText(kind)) return { problem: "Object 'Kind' is missing" };
  if (!isText(apiVersion)) return { problem: "Object 'apiVersion' is missing" };
  if (!KIND_PATTERN.test(kind)) return { problem: `kind: Invalid value: ${quoted(kind)}` };
  if (!VERSION_PATTERN.test(apiVersion)) {
    return { problem: `apiVersion: Invalid value: ${quoted(apiVersion)}` };
  }
  const problems = [...metadataCauses(metadata), ...specCauses(document)];
  if (problems.length > 0) return { problem: problems.join("; ") };
  const object = withNamespace(withoutNulls(document) as unknown as KubeObject, namespace);
  return { object: toStorage(object) };
}

/** Levels of lists and maps, as the YAML parser takes them: whoever walks more runs out of stack. */
const MAX_DEPTH = 100;
export const TOO_DEEP = `it is nested more than ${MAX_DEPTH} levels deep`;

export function isTooDeep(value: unknown, levels = MAX_DEPTH): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isTooDeep(member, levels - 1));
}

/** The API server drops fields that are null, so that none of its readers meets one. */
export function withoutNulls(value: unknown): unknown {
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

/** The spec is read everywhere as what it should be. */
function specCauses({ spec }: Fields): string[] {
  if (spec === undefined || spec === null || isRecord(spec)) return [];
  return [`spec: Invalid value: "${typeName(spec)}": must be of type object`];
}

function withNamespace(object: KubeObject, fallback: string): KubeObject {
  const namespaced = resourceOf(object)?.namespaced ?? !CLUSTER_SCOPED.has(object.kind);
  const { namespace: given, ...metadata } = object.metadata;
  if (!namespaced) return given === undefined ? object : { ...object, metadata };
  if (isText(given)) return object;
  return { ...object, metadata: { ...metadata, namespace: fallback } };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
