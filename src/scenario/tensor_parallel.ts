// A scenario with a service's model spread over another number of GPUs: all that says so, changed together.

import { isRecord } from "../kube/fields.ts";
import { isGpuResource, MIG_RESOURCE } from "../kube/gpu_resources.ts";
import { isMap, listIn, mapIn } from "../kube/json_shape.ts";
import { isMain, withMain } from "../kube/main_container.ts";
import { managedDevices } from "../kube/managed_dra.ts";
import type { Json, JsonObject, KubeObject } from "../kube/object.ts";
import type { Plan } from "./plan.ts";
import { withService } from "./sizing.ts";

type Result = { readonly data: unknown } | { readonly problem: string };

/**
 * The data with tensor parallelism of `tensor` in every workload of a planned service: `parallelism.tensor`
 * or the flag that says it, and what its pods ask for. GPUs, CPU and memory of a pod change in the same
 * proportion. The problem is why that cannot be written.
 */
export function withTensorParallel(
  data: unknown,
  { services }: Plan,
  service: string,
  tensor: number,
): Result {
  const found = services.find(({ name }) => name === service)!;
  const spec = (found.effective?.spec ?? found.object.spec ?? {}) as JsonObject;
  const main = { at: spec, was: found.serving?.tensorParallel ?? 1 };
  const { prefill } = spec;
  const apart = isMap(prefill)
    ? { at: prefill, was: found.prefill?.tensorParallel ?? 1 }
    : undefined;
  const all = apart ? [main, apart] : [main];
  if (all.every(({ was }) => was === tensor)) return { data };
  if (managedDevices(found.object.metadata.annotations)) {
    return { problem: "its GPUs are devices that its annotations claim" };
  }
  for (const { at, was } of all) {
    const problem = resourcesProblem(at, tensor / was);
    if (problem !== undefined) return { problem };
  }
  return {
    data: withService(data, service, (object) => {
      const own = (object.spec ?? {}) as JsonObject;
      const changed = changedWorkload(own, main.at, tensor, tensor / main.was);
      const ownPrefill = own["prefill"];
      return {
        ...object,
        spec: apart && isMap(ownPrefill)
          ? {
            ...changed,
            prefill: changedWorkload(ownPrefill, apart.at, tensor, tensor / apart.was),
          }
          : changed,
      } as KubeObject;
    }),
  };
}

/** The PodSpecs of a workload. */
const POD_SPECS = ["template", "worker"];

function resourcesProblem(workload: JsonObject, factor: number): string | undefined {
  for (const [name, count] of POD_SPECS.flatMap((field) => gpusIn(workload[field]))) {
    if (name.startsWith(MIG_RESOURCE)) return `its pods ask for slices of GPUs, ${name}`;
    if (Number.isSafeInteger(Number(count) * factor)) continue;
    return `its pods ask for ${name}: "${count}", which cannot be made ${factor} of it`;
  }
  return undefined;
}

function gpusIn(podSpec: Json | undefined): (readonly [string, string])[] {
  return ["limits", "requests"].flatMap((field) => {
    const amounts = Object.entries(mapIn(resourcesOf(podSpec), field) ?? {});
    return amounts.filter(([name]) => isGpuResource(name))
      .map(([name, count]) => [name, String(count)] as const);
  });
}

function resourcesOf(podSpec: Json | undefined): JsonObject | undefined {
  const main = isMap(podSpec) ? listIn(podSpec, "containers").find(isMain) : undefined;
  return mapIn(main, "resources");
}

/** `own` is what the service says, `effective` what its configs and presets make of it. */
function changedWorkload(
  own: JsonObject,
  effective: JsonObject,
  tensor: number,
  factor: number,
): JsonObject {
  const parallelism = own["parallelism"];
  const flagged = withFlag(own["template"], tensor);
  const byFlag = flagged !== undefined && !(isRecord(parallelism) && "tensor" in parallelism);
  const specs = POD_SPECS.flatMap((field) => {
    const before = (field === "template" ? flagged : undefined) ?? own[field];
    const resources = resourcesOf(effective[field]);
    if (!resources) return before === undefined ? [] : [[field, before]];
    const pod = isMap(before) ? before : {};
    return [[field, withMain(pod, { resources: scaled(resources, factor) })]];
  });
  return {
    ...own,
    ...(byFlag ? {} : { parallelism: { ...isMap(parallelism) ? parallelism : {}, tensor } }),
    ...Object.fromEntries(specs),
  };
}

const SCALED: ReadonlySet<string> = new Set(["cpu", "memory"]);

function scaled(resources: JsonObject, factor: number): JsonObject {
  return Object.fromEntries(
    Object.entries(resources).map(([field, amounts]) => [
      field,
      field === "limits" || field === "requests" ? scaledAmounts(amounts, factor) : amounts,
    ]),
  ) as JsonObject;
}

function scaledAmounts(amounts: Json | undefined, factor: number): Json | undefined {
  if (!isMap(amounts)) return amounts;
  return Object.fromEntries(
    Object.entries(amounts).map(([name, amount]) => [
      name,
      isGpuResource(name) || SCALED.has(name) ? times(amount, factor) : amount,
    ]),
  ) as Json;
}

/** `"160Gi"` by a half is `"80Gi"`. */
function times(amount: Json | undefined, factor: number): Json | undefined {
  if (typeof amount === "number") return amount * factor;
  if (typeof amount !== "string") return amount;
  return amount.replace(/^\d+(?:\.\d+)?/, (number) => String(Number(number) * factor));
}

/** vLLM's flag and its short form, alone or with what follows it. */
const FLAG = /^(?:--tensor[-_]parallel[-_]size|-tp)$/;
const FLAG_WITH_VALUE = /((?:^|\s)(?:--tensor[-_]parallel[-_]size|-tp)(?:=|\s+))\d+/g;

/** The PodSpec where its main container says it by a flag; undefined where it does not. */
function withFlag(podSpec: Json | undefined, tensor: number): JsonObject | undefined {
  const main = isMap(podSpec) ? listIn(podSpec, "containers").find(isMain) : undefined;
  if (!isMap(podSpec) || !main) return undefined;
  const { command, args, env } = main;
  const fields = {
    ...(command === undefined ? {} : { command: withFlagIn(command, tensor) }),
    ...(args === undefined ? {} : { args: withFlagIn(args, tensor) }),
    ...(Array.isArray(env)
      ? {
        env: env.map((each) =>
          isMap(each) && typeof each["value"] === "string"
            ? { ...each, value: changedText(each["value"], tensor) }
            : each
        ),
      }
      : {}),
  } as JsonObject;
  const before = { command, args, env };
  const isSaid = Object.entries(fields).some(([field, value]) =>
    JSON.stringify(value) !== JSON.stringify(before[field as keyof typeof before])
  );
  return isSaid ? withMain(podSpec, fields) : undefined;
}

function withFlagIn(words: Json, tensor: number): Json {
  if (!Array.isArray(words)) return words;
  return words.map((word, index) => {
    if (typeof word !== "string") return word;
    const flag = words[index - 1];
    if (typeof flag === "string" && FLAG.test(flag)) return String(tensor);
    return changedText(word, tensor);
  });
}

function changedText(text: string, tensor: number): string {
  return text.replace(FLAG_WITH_VALUE, (_, flag: string) => `${flag}${tensor}`);
}
