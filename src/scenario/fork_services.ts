// What becomes of services that a fork has otherwise: changes at its instant, as far as there are such.

import { isRecord } from "../kube/fields.ts";
import { isMap, listIn } from "../kube/json_shape.ts";
import { isMain } from "../kube/main_container.ts";
import { diffPatch, type Json, type JsonObject } from "../kube/object.ts";
import { STOP_ANNOTATION } from "../kube/stop.ts";
import { dataDifferences } from "../log/data_diff.ts";
import { POD_FIELDS, type PodChange, type RevisionChange } from "../rollout/revision_change.ts";
import { withRevision } from "./rollout_plans.ts";
import { formatPath } from "./set_path.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What of a service can change while it runs, by its path in the object, and the change that does it. */
const CHANGES: Readonly<Record<string, (value: unknown) => Fields>> = {
  "spec.replicas": (replicas) => ({ replicas }),
  "spec.router.route.weight": (weight) => ({ weight }),
  [formatPath(["metadata", "annotations", STOP_ANNOTATION])]: (value) => ({
    stopped: value === "true",
  }),
};

/** A service that cannot be changed so while it runs is taken over as it was changed. */
export function forkServices(
  parents: unknown,
  changed: unknown,
  when: string,
): { readonly services: unknown; readonly changes: Fields[] } {
  if (!Array.isArray(parents) || !Array.isArray(changed)) return { services: changed, changes: [] };
  const changes: Fields[] = [];
  const services = changed.map((service) => {
    const name = nameOf(service);
    const before = parents.find((each) => nameOf(each) === name);
    const made = before === undefined ? undefined : changeOf(before, service);
    if (name === undefined || !made) return service;
    changes.push({ kind: "change", service: name, when, ...made });
    return before;
  });
  for (const service of parents) {
    const name = nameOf(service);
    if (name === undefined || changed.some((each) => nameOf(each) === name)) continue;
    services.push(service);
    changes.push({ kind: "change", service: name, when, deleted: true });
  }
  return { services, changes };
}

/** Undefined where nothing differs, or something that no change does. */
function changeOf(before: unknown, after: unknown): Fields | undefined {
  const found = dataDifferences(before, after);
  if (found.length === 0) return undefined;
  const isOfPods = ({ path: [root, ...fields] }: typeof found[number]) =>
    root === "spec" && ofPods(fields[0] === "prefill" ? fields.slice(1) : fields, fields[0]);
  const made = found.filter((each) => !isOfPods(each))
    .map(({ path, b }) => CHANGES[formatPath(path)]?.(b));
  if (made.includes(undefined)) return undefined;
  if (!found.some(isOfPods)) return Object.assign({}, ...made);
  const to = revisionOf(before, after);
  return to && Object.assign({ to }, ...made);
}

function isOfPod(field: unknown): boolean {
  return POD_FIELDS.some((each) => each === field);
}

function ofPods([field]: readonly unknown[], role: unknown): boolean {
  return isOfPod(field) || (role === "prefill" && field === "replicas");
}

/** In the fields that a rollout has for it where these do, else as a patch. */
function revisionOf(before: unknown, after: unknown): RevisionChange | undefined {
  const [a, b] = [before, after].map((each) => (each as { spec?: Json }).spec ?? {});
  const [prefillA, prefillB] = [a, b].map((spec) => isMap(spec) ? spec["prefill"] ?? {} : {});
  const main = podChange(a!, b!);
  const prefill = {
    ...podChange(prefillA!, prefillB!),
    ...replicasChange(prefillA!, prefillB!),
  };
  const simple = { ...main, ...(Object.keys(prefill).length > 0 ? { prefill } : {}) };
  const wanted = withoutOther(b!);
  const does = (to: RevisionChange) => {
    const { spec } = withRevision(before as JsonObject, to);
    return dataDifferences(withoutOther(spec as Json), wanted).length === 0;
  };
  if (Object.keys(simple).length > 0 && does(simple)) return simple;
  const patch = { spec: diffPatch(withoutOther(a!), wanted) } as RevisionChange;
  return does(patch) ? patch : undefined;
}

/** Of a spec what pods are made of: what else there is changes otherwise. */
function withoutOther(spec: Json): JsonObject {
  return Object.fromEntries(
    Object.entries(isMap(spec) ? spec : {})
      .filter(([field]) => isOfPod(field) || field === "prefill"),
  );
}

/** What a container `main` has that a rollout can name. */
const CONTAINER_FIELDS = ["image", "args", "resources"] as const;

function podChange(before: Json, after: Json): PodChange {
  const [a, b] = [before, after].map((workload) =>
    listIn(isMap(workload) ? workload["template"] : undefined, "containers").find(isMain)
  );
  return Object.fromEntries(
    CONTAINER_FIELDS.filter((field) =>
      b?.[field] !== undefined && dataDifferences(a?.[field], b[field]).length > 0
    ).map((field) => [field, b![field]]),
  );
}

function replicasChange(before: Json, after: Json): PodChange {
  const [a, b] = [before, after].map((workload) =>
    isMap(workload) ? workload["replicas"] : undefined
  );
  return typeof b === "number" && a !== b ? { replicas: b } : {};
}

function nameOf(service: unknown): string | undefined {
  const metadata = isRecord(service) ? service["metadata"] : undefined;
  const name = isRecord(metadata) ? metadata["name"] : undefined;
  return typeof name === "string" ? name : undefined;
}
