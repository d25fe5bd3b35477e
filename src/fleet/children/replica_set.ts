// A ReplicaSet of a Deployment as the API shows it. Knows no pod.

import { controlledBy } from "../../kube/identity.ts";
import { TEMPLATE_HASH } from "../../kube/names.ts";
import type { KubeObject } from "../../kube/object.ts";
import { virtualTimestamp } from "../../sim/timestamp.ts";
import type { ReplicaSet } from "../replica_set.ts";
import { podSpecOf } from "./workload.ts";

/** `deployment` is the object of the Deployment that it belongs to. */
export function replicaSetObject(deployment: KubeObject, set: ReplicaSet): KubeObject {
  const { name, replicas, ready, revision: { plan, hash }, createdUs, desired, maxReplicas } = set;
  const { failure } = set.creation;
  const { labels: own, namespace = "default" } = deployment.metadata;
  const labels = { ...own, [TEMPLATE_HASH]: hash };
  const { length: live } = set.live;
  const counts = { fullyLabeledReplicas: live, readyReplicas: ready, availableReplicas: ready };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name,
      namespace,
      labels,
      annotations: {
        "deployment.kubernetes.io/desired-replicas": String(desired),
        "deployment.kubernetes.io/max-replicas": String(maxReplicas),
        "deployment.kubernetes.io/revision": String(set.rollout),
      },
      creationTimestamp: virtualTimestamp(createdUs),
      ownerReferences: [controlledBy(deployment)],
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpecOf(plan, plan.template) },
    },
    status: {
      ...(failure === undefined ? {} : {
        conditions: [{
          ...{ type: "ReplicaFailure", status: "True", reason: "FailedCreate" },
          lastTransitionTime: virtualTimestamp(failure.sinceUs),
          message: failure.message,
        }],
      }),
      replicas: live,
      ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    },
  };
}
