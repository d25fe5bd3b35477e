// The Services of a service and the InferencePool of its endpoint picker. Knows no gateway.

import { nameOfChild, poolSelector, serviceLabels, tokenizerLabels } from "../../kube/names.ts";
import type { JsonObject, KubeObject } from "../../kube/object.ts";
import { childOf, type Owner, routerChild } from "./metadata.ts";
import { POOL_GROUP, routerSpec, SERVER_PORT } from "./router_spec.ts";

/** The Service of the pods that take traffic, whatever routes to them. */
export function workloadService(owner: Owner): KubeObject {
  const { name } = owner.metadata;
  return service(
    routerChild(owner, nameOfChild(name, "workloadService")),
    poolSelector(name),
    // KServe calls it so whether or not its servers speak TLS.
    [{ name: "https", port: SERVER_PORT }],
  );
}

export function poolObject(owner: Owner): KubeObject {
  const { name } = owner.metadata;
  return {
    apiVersion: `${POOL_GROUP}/v1`,
    kind: "InferencePool",
    metadata: routerChild(owner, nameOfChild(name, "pool")),
    spec: {
      selector: { matchLabels: poolSelector(name) },
      targetPorts: [{ number: SERVER_PORT }],
      ...routerSpec(owner).poolSpec,
      endpointPickerRef: endpointPicker(owner),
    },
  };
}

/** What its own spec says of it, else KServe's preset: while no picker answers, any pod will do. */
function endpointPicker(owner: Owner): JsonObject {
  const own = routerSpec(owner).poolSpec?.["endpointPickerRef"] as JsonObject | undefined;
  return {
    name: nameOfChild(owner.metadata.name, "eppService"),
    kind: "Service",
    port: { number: 9002 },
    failureMode: "FailOpen",
    ...own,
  };
}

export function eppService(owner: Owner): KubeObject {
  const { name } = owner.metadata;
  return service(
    routerChild(owner, nameOfChild(name, "eppService")),
    serviceLabels(name, "router-scheduler"),
    [
      { name: "grpc", port: 9002 },
      { name: "grpc-health", port: 9003 },
      { name: "metrics", port: 9090 },
      { name: "zmq", port: 5557 },
    ],
  );
}

/** Of the standalone tokenizer: HTTP on the port of its preset (kserve aaac4e2: config-llm-tokenizer). */
export function tokenizerService(owner: Owner): KubeObject {
  const { name } = owner.metadata;
  const labels = tokenizerLabels(name);
  const metadata = childOf(owner, { name: nameOfChild(name, "tokenizer"), labels });
  return service(metadata, labels, [{ name: "http", port: 8000 }]);
}

function service(
  metadata: KubeObject["metadata"],
  selector: JsonObject,
  ports: readonly JsonObject[],
): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: {
      type: "ClusterIP",
      selector,
      ports: ports.map((port) => ({ ...port, protocol: "TCP", targetPort: port["port"] })),
    },
  };
}
