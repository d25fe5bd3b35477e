// Dynamic resource allocation as the API shows it: classes, what drivers publish, what pods have claimed.

import { templateHash } from "../kube/names.ts";
import type { Json, JsonObject, KubeObject } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import type { Node } from "./nodes.ts";
import type { Allocated } from "./scheduling/claims.ts";
import {
  type DeviceClassPlan,
  deviceObject,
  driverOf,
  type PublishedDevice,
  publishedDevice,
} from "./scheduling/device_classes.ts";
import type { Placing } from "./scheduling/placing.ts";
import type { ClaimNeed } from "./scheduling/pod_needs.ts";

const VERSION = "resource.k8s.io/v1";

export function deviceClassObject({ name, selectors }: DeviceClassPlan): KubeObject {
  return {
    apiVersion: VERSION,
    kind: "DeviceClass",
    metadata: { name, creationTimestamp: virtualTimestamp(0) },
    spec: { selectors: selectors.map((expression) => ({ cel: { expression } })) },
  };
}

export function resourceSliceName(node: string, driver: string): string {
  return `${node}-${driver}-${templateHash(`${node} ${driver}`).slice(0, 5)}`;
}

/** The ResourceClaim that is made of a pod's claim of this name. */
export function claimName(namespace: string, pod: string, claim: string): string {
  return `${pod}-${claim}-${templateHash(`${namespace}/${pod}/${claim}`).slice(0, 5)}`;
}

/** What the driver on a node publishes: of its devices those that work. */
export function resourceSlice({ name, plan, devices }: Node): KubeObject {
  const driver = driverOf(plan);
  const ordinals = new Map<number, number>();
  const published: PublishedDevice[] = [];
  for (const slot of devices.slots) {
    const ordinal = ordinals.get(slot.gpu) ?? 0;
    ordinals.set(slot.gpu, ordinal + 1);
    if (!devices.broken[slot.gpu]) published.push(publishedDevice(plan, slot, ordinal));
  }
  return {
    apiVersion: VERSION,
    kind: "ResourceSlice",
    metadata: {
      name: resourceSliceName(name, driver),
      creationTimestamp: virtualTimestamp(0),
    },
    spec: {
      driver,
      nodeName: name,
      pool: { name, generation: 1, resourceSliceCount: 1 },
      devices: published.map(deviceObject) as unknown as Json,
    },
  };
}

/** A pod's claim as the resource claim controller makes it from its template, and as it was allocated. */
export function resourceClaim(
  { pod, namespace = "default" }: Placing,
  claim: ClaimNeed,
  createdUs: number,
  given?: { readonly node: Node; readonly allocated: readonly Allocated[] },
): KubeObject {
  return {
    apiVersion: VERSION,
    kind: "ResourceClaim",
    metadata: {
      name: claimName(namespace, pod, claim.name),
      namespace,
      annotations: { "resource.kubernetes.io/pod-claim-name": claim.name },
      creationTimestamp: virtualTimestamp(createdUs),
    },
    spec: { devices: { requests: claim.requests.map(requestObject) } },
    status: given ? allocation(pod, claim, given.node, given.allocated) : {},
  };
}

function requestObject(request: ClaimNeed["requests"][number]): JsonObject {
  const { name, deviceClass, count, selectors } = request;
  const cel = selectors.map((expression) => ({ cel: { expression } }));
  return {
    name,
    exactly: {
      deviceClassName: deviceClass,
      allocationMode: "ExactCount",
      count,
      ...(cel.length > 0 ? { selectors: cel } : {}),
    },
  };
}

function allocation(
  pod: string,
  claim: ClaimNeed,
  { name, plan, devices }: Node,
  allocated: readonly Allocated[],
): JsonObject {
  const own = allocated.filter((one) => one.claim === claim.name);
  const results = own.map(({ request, slot }) => {
    const siblings = devices.slots.filter(({ gpu }) => gpu === slot.gpu);
    const device = publishedDevice(plan, slot, siblings.indexOf(slot)).name;
    return { request, driver: driverOf(plan), pool: name, device };
  });
  const field = { key: "metadata.name", operator: "In", values: [name] };
  return {
    allocation: {
      devices: { results },
      nodeSelector: { nodeSelectorTerms: [{ matchFields: [field] }] },
    },
    reservedFor: [{ resource: "pods", name: pod }],
  };
}
