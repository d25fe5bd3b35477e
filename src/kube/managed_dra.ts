// KServe's managed dynamic resource allocation: annotations of a service that become a claim of its pods.
//
// After kserve's pkg/controller/v1alpha2/llmisvc/managed_dra.go (master of August 2026): a
// ResourceClaimTemplate of one request, and a claim of it in the container `main`, or in the one named.

import { childName } from "./names.ts";
import type { JsonObject, KubeObject } from "./object.ts";

const PREFIX = "serving.kserve.io/exp-dra-";
export const CEL_SELECTOR = `${PREFIX}cel-selector`;

export interface ManagedDevices {
  readonly deviceClass: string;
  readonly count: number;
  /** CEL expressions, all of which hold of each device. */
  readonly selectors: readonly string[];
  /** That gets them. */
  readonly container: string;
}

/** As pods and the template call them. */
export const MANAGED_CLAIM = "managed-device";
export const MANAGED_REQUEST = "device";

/** What a service's annotations ask for; undefined where they ask for nothing, or for what is no count. */
export function managedDevices(
  annotations: Readonly<Record<string, string>> | undefined,
): ManagedDevices | undefined {
  const said = (name: string) => annotations?.[`${PREFIX}${name}`]?.trim();
  const deviceClass = said("device-class");
  const count = Number(said("device-count") || 1);
  if (!deviceClass || !Number.isSafeInteger(count) || count < 1) return undefined;
  const selectors = (annotations?.[CEL_SELECTOR] ?? "").split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
  return { deviceClass, count, selectors, container: said("container-name") || "main" };
}

export function claimTemplateName(service: string): string {
  return childName(service, "-managed-dra");
}

/** A claim's spec: one request. */
function claimSpec({ deviceClass, count, selectors }: ManagedDevices): JsonObject {
  const exactly = {
    deviceClassName: deviceClass,
    allocationMode: "ExactCount",
    count,
    ...(selectors.length > 0
      ? { selectors: selectors.map((expression) => ({ cel: { expression } })) }
      : {}),
  };
  return { devices: { requests: [{ name: MANAGED_REQUEST, exactly }] } };
}

/** The ResourceClaimTemplate that KServe makes for a service. */
export function claimTemplate(service: KubeObject, devices: ManagedDevices): KubeObject {
  const { name, namespace = "default", creationTimestamp } = service.metadata;
  return {
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaimTemplate",
    metadata: {
      name: claimTemplateName(name),
      namespace,
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: { spec: claimSpec(devices) },
  };
}

/** A pod's spec with the claim, and with it in its container, where neither is there yet. */
export function withManagedClaim(
  template: JsonObject,
  service: string,
  { container }: ManagedDevices,
): JsonObject {
  const claims = listOf(template["resourceClaims"]);
  const claim = { name: MANAGED_CLAIM, resourceClaimTemplateName: claimTemplateName(service) };
  const known = claims.some(({ name }) => name === MANAGED_CLAIM);
  const containers = listOf(template["containers"]).map((one) =>
    one["name"] === container ? withClaim(one) : one
  );
  return {
    ...template,
    resourceClaims: known ? claims : [...claims, claim],
    ...(containers.length > 0 ? { containers } : {}),
  };
}

function withClaim(container: JsonObject): JsonObject {
  const resources = (container["resources"] ?? {}) as JsonObject;
  const claims = listOf(resources["claims"]);
  if (claims.some(({ name }) => name === MANAGED_CLAIM)) return container;
  return {
    ...container,
    resources: { ...resources, claims: [...claims, { name: MANAGED_CLAIM }] },
  };
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value as JsonObject[] : [];
}
