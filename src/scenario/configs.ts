// The LLMInferenceServiceConfigs of a scenario: read, and found by name as a cluster finds them.

import { toStorage } from "../kube/conversion.ts";
import type { ConfigLookup } from "../kube/effective_spec.ts";
import { isRecord } from "../kube/fields.ts";
import { type KubeObject, objectKey } from "../kube/object.ts";
import { CONFIG_RESOURCE, keyOf } from "../kube/resources.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import type { Problem } from "./problem.ts";
import { slipsIn } from "./slips.ts";

export interface Configs {
  readonly objects: readonly KubeObject[];
  readonly problems: readonly Problem[];
  readonly lookup: ConfigLookup;
}

/** They are made with the cluster; one without a namespace is in `default`, as its services are. */
export function readConfigs(inputs: readonly unknown[] = []): Configs {
  const objects: KubeObject[] = [];
  const problems: Problem[] = [];
  for (const [index, input] of inputs.entries()) {
    const path = `configs[${index}]`;
    const unread = (input as { problem?: unknown } | null | undefined)?.problem;
    if (typeof unread === "string") problems.push({ path, message: unread });
    else if (isConfig(input) && input["spec"] !== undefined && !isRecord(input["spec"])) {
      const message = `Cannot use ${path}: its spec holds no fields`;
      problems.push({ path: `${path}.spec`, message });
    } else if (isConfig(input)) {
      const stored = toStorage(input);
      problems.push(...slipsIn(stored, ["configs", index]));
      objects.push(inCluster(stored as unknown as KubeObject));
    } else {
      const message = `Cannot use ${path}: it is no ${CONFIG_RESOURCE.kind} with a name`;
      problems.push({ path, message });
    }
  }
  const byKey = new Map(objects.map((object) => [objectKey(object), object]));
  const lookup: ConfigLookup = (namespace, name) =>
    byKey.get(keyOf(CONFIG_RESOURCE, namespace, name));
  return { objects, problems, lookup };
}

function isConfig(input: unknown): input is Readonly<Record<string, unknown>> {
  return isRecord(input) && input["kind"] === CONFIG_RESOURCE.kind &&
    typeof input["apiVersion"] === "string" && isRecord(input["metadata"]) &&
    typeof input["metadata"]["name"] === "string";
}

function inCluster({ status: _, ...object }: KubeObject): KubeObject {
  const { namespace = "default" } = object.metadata;
  const metadata = { ...object.metadata, namespace, creationTimestamp: virtualTimestamp(0) };
  return { ...object, metadata };
}
