// A ReplicaSet as the API shows it: a function of the Deployment's workload and of the set itself.

import type { KubeObject } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import type { ReplicaSet } from "./replica_set.ts";
import type { Workload } from "./workload.ts";

export function replicaSetObject(
  workload: Workload,
  set: ReplicaSet,
  { metadata: { namespace = "default" } }: KubeObject,
): KubeObject {
  const { name, replicas, revision: { plan, hash }, createdUs, desired, maxReplicas } = set;
  const labels = { ...workload.labels(), "pod-template-hash": hash };
  const { length: live } = set.live;
  const { ready } = set;
  const counts = { fullyLabeledReplicas: live, readyReplicas: ready, availableReplicas: ready };
  const metadata = {
    name,
    namespace,
    labels,
    annotations: {
      "deployment.kubernetes.io/desired-replicas": String(desired),
      "deployment.kubernetes.io/max-replicas": String(maxReplicas),
      "deployment.kubernetes.io/revision": String(set.rollout),
    },
    creationTimestamp: virtualTimestamp(createdUs),
    ownerReferences: [{
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: workload.name,
      controller: true,
    }],
  };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata,
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: "main", image: plan.image, resources: plan.resources }],
        },
      },
    },
    status: {
      replicas: live,
      ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    },
  };
}
