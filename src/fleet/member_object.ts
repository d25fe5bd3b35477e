// A service's further member, made after the service's own: its object and its workloads. Knows no pod.

import { effectiveSpec } from "../kube/effective_spec.ts";
import { mapIn } from "../kube/json_shape.ts";
import { withMain } from "../kube/main_container.ts";
import { withModel } from "../kube/model_storage.ts";
import type { JsonObject, KubeObject } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import type { Effective } from "./revision.ts";
import type { WorkloadPlan } from "./workload_plan.ts";

/** A copy under another name, made at `nowUs`, with another image and no replicas yet. */
export function memberObject(
  object: KubeObject,
  name: string,
  image: string,
  nowUs: number,
): KubeObject {
  const metadata = { ...object.metadata, name, creationTimestamp: virtualTimestamp(nowUs) };
  const { spec = {} } = object;
  // The name of the model that KServe's webhook wrote into the first one: they share a route by it.
  const model = { name: object.metadata.name, ...mapIn(spec, "model") };
  // Only a config may have had the container `main` until then.
  const template = withMain(mapIn(spec, "template") ?? {}, { image });
  return { ...object, metadata, spec: { ...spec, template, model, replicas: 0 } };
}

/** What KServe combines for it; undefined where it cannot. */
export function memberEffective(
  member: KubeObject,
  configs: readonly KubeObject[],
): Effective | undefined {
  const merged = effectiveSpec(
    member,
    (namespace, name) =>
      configs.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace),
  );
  if (merged.problem) return undefined;
  const { spec, applied, annotations } = merged;
  return { spec, applied, annotations };
}

/** The service's workloads with the pods of a member's effective spec: its own name is in them. */
export function memberWorkloads(
  workloads: readonly [WorkloadPlan, ...WorkloadPlan[]],
  spec: JsonObject,
): readonly [WorkloadPlan, ...WorkloadPlan[]] {
  const [main, ...others] = workloads;
  return [renamed(main, spec), ...others.map((workload) => renamed(workload, spec))];
}

function renamed(workload: WorkloadPlan, spec: JsonObject): WorkloadPlan {
  const { role } = workload;
  if (role === "scheduler") {
    const template = mapIn(mapIn(mapIn(spec, "router"), "scheduler"), "template");
    return { ...workload, ...(template && { template }) };
  }
  const own = role === "prefill" ? mapIn(spec, "prefill") : spec;
  const [template, worker] = [mapIn(own, "template"), mapIn(own, "worker")];
  return {
    ...workload,
    ...(template && { template: withModel(template, spec) }),
    ...(worker && { worker: withModel(worker, spec) }),
  };
}
