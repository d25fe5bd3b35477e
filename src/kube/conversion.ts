// KServe's v1alpha1 to v1alpha2, which is what is stored, and back. Judges nothing: any data passes.
//
// After llm_inference_service_conversion.go of kserve/kserve and inferencepool_conversion.go of the
// inference extension: what one version alone has is kept in annotations, or is lost as there.

import { type Fields, isRecord, without } from "./fields.ts";

/** What v1alpha1 has as `model.criticality`. */
const MODEL_CRITICALITY = "internal.serving.kserve.io/model-criticality";
/** The same of LoRA adapters: JSON from the adapter's index to its criticality. */
const LORA_CRITICALITIES = "internal.serving.kserve.io/lora-criticalities";

const GROUP = "serving.kserve.io";
const OLD = `${GROUP}/v1alpha1`;
const STORAGE_VERSION = `${GROUP}/v1alpha2`;
const KINDS: readonly unknown[] = ["LLMInferenceService", "LLMInferenceServiceConfig"];

/** The endpoint picker's gRPC port, which a v1 pool has to name and a v1alpha2 pool need not. */
const PICKER_PORT = 9002;

/** A service or config of v1alpha1 as v1alpha2; everything else as it is. */
export function toStorage<T extends object>(object: T): T {
  const fields = object as unknown as Fields;
  if (!isOf(fields, OLD)) return object;
  const converted = { ...object, apiVersion: STORAGE_VERSION };
  const { spec, metadata } = fields;
  if (!isRecord(spec)) return converted;
  return {
    ...converted,
    ...withAnnotations(metadata, { ...annotationsOf(fields), ...criticalities(spec) }),
    spec: change(
      change(spec, "model", (model) => without(mapAdapters(model, dropCriticality), "criticality")),
      ["router", "scheduler", "pool", "spec"],
      poolToV1,
    ),
  };
}

/** A service or config of v1alpha2 as v1alpha1 shows it: what v1alpha2 alone has is left out. */
export function fromStorage<T extends object>(object: T): T {
  const fields = object as unknown as Fields;
  if (!isOf(fields, STORAGE_VERSION)) return object;
  const { [MODEL_CRITICALITY]: model, [LORA_CRITICALITIES]: lora, ...rest } = annotationsOf(fields);
  const hasKept = model !== undefined || lora !== undefined;
  const { metadata, spec, status } = fields;
  return {
    ...object,
    apiVersion: OLD,
    ...(hasKept ? withAnnotations(metadata, rest) : {}),
    ...(isRecord(spec) ? { spec: oldSpec(spec, model, lora) } : {}),
    ...(isRecord(status) ? { status: oldStatus(status) } : {}),
  };
}

function isOf({ apiVersion, kind }: Fields, version: string): boolean {
  return apiVersion === version && KINDS.includes(kind);
}

function annotationsOf({ metadata }: Fields): Fields {
  const annotations = isRecord(metadata) ? metadata["annotations"] : undefined;
  return isRecord(annotations) ? annotations : {};
}

/** Without annotations there is no map of them. */
function withAnnotations(metadata: unknown, annotations: Fields): Fields {
  if (!isRecord(metadata)) return {};
  if (Object.keys(annotations).length > 0) return { metadata: { ...metadata, annotations } };
  const given = isRecord(metadata["annotations"]);
  return { metadata: given ? without(metadata, "annotations") : metadata };
}

/** What is to be kept of the model and its adapters, as annotations. */
function criticalities({ model }: Fields): Fields {
  if (!isRecord(model)) return {};
  const ofAdapters = Object.fromEntries(
    adaptersOf(model).flatMap((adapter, index) => {
      const criticality = isRecord(adapter) ? adapter["criticality"] : undefined;
      return isText(criticality) ? [[index, criticality]] : [];
    }),
  );
  return {
    ...(isText(model["criticality"]) && { [MODEL_CRITICALITY]: model["criticality"] }),
    ...(Object.keys(ofAdapters).length > 0 &&
      { [LORA_CRITICALITIES]: JSON.stringify(ofAdapters) }),
  };
}

function oldSpec(spec: Fields, criticality: unknown, lora: unknown): Fields {
  const kept = adapterCriticalities(lora);
  const restore = (adapter: unknown, index: number) => {
    const own = kept[index];
    return isRecord(adapter) && own !== undefined ? { ...adapter, criticality: own } : adapter;
  };
  const old = change(without(spec, "kvCacheOffloading"), "model", (model) => ({
    ...without(mapAdapters(model, restore), "confidential"),
    ...(isText(criticality) && { criticality }),
  }));
  return change(
    change(old, "prefill", (prefill) => without(prefill, "kvCacheOffloading")),
    ["router", "scheduler", "pool", "spec"],
    poolToV1alpha2,
  );
}

/** Text that is no such JSON holds none. */
function adapterCriticalities(text: unknown): Fields {
  if (!isText(text)) return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/** The controller's own, which it tells anew: v1alpha1 knows less of it. */
function oldStatus(status: Fields): Fields {
  const old = without(status, "workloads", "appliedConfigs", "referencedBy");
  const addresses = old["addresses"];
  return {
    ...change(old, "router", (router) => without(router, "group")),
    ...(Array.isArray(addresses) && {
      addresses: addresses.map((address) =>
        isRecord(address) ? without(address, "origin", "models") : address
      ),
    }),
  };
}

function adaptersOf({ lora }: Fields): readonly unknown[] {
  const adapters = isRecord(lora) ? lora["adapters"] : undefined;
  return Array.isArray(adapters) ? adapters : [];
}

function mapAdapters(model: Fields, map: (adapter: unknown, index: number) => unknown): Fields {
  const adapters = adaptersOf(model);
  if (adapters.length === 0) return model;
  return change(model, "lora", (lora) => ({ ...lora, adapters: adapters.map(map) }));
}

function dropCriticality(adapter: unknown): unknown {
  return isRecord(adapter) ? without(adapter, "criticality") : adapter;
}

/** The inference extension's pool of v1alpha2 as v1. */
function poolToV1({ selector, targetPortNumber, extensionRef, ...rest }: Fields): Fields {
  return {
    ...rest,
    ...(selector !== undefined && { selector: { matchLabels: selector } }),
    ...(targetPortNumber !== undefined && { targetPorts: [{ number: targetPortNumber }] }),
    ...(isRecord(extensionRef) && { endpointPickerRef: pickerOf(extensionRef) }),
  };
}

function pickerOf({ portNumber, ...extension }: Fields): Fields {
  const { kind = "Service", failureMode = "FailClose" } = extension;
  const number = portNumber ?? (kind === "Service" ? PICKER_PORT : undefined);
  return { ...extension, kind, failureMode, ...(number !== undefined && { port: { number } }) };
}

/** A v1 pool as v1alpha2, which has one port: the first. */
function poolToV1alpha2({ selector, targetPorts, endpointPickerRef, ...rest }: Fields): Fields {
  const labels = isRecord(selector) ? selector["matchLabels"] : undefined;
  const [port]: unknown[] = Array.isArray(targetPorts) ? targetPorts : [];
  return {
    ...without(rest, "appProtocol"),
    ...(labels !== undefined && { selector: labels }),
    ...(isRecord(port) && { targetPortNumber: port["number"] }),
    ...(isRecord(endpointPickerRef) && { extensionRef: extensionOf(endpointPickerRef) }),
  };
}

function extensionOf({ port, ...picker }: Fields): Fields {
  const { kind = "Service", failureMode = "FailClose" } = picker;
  return {
    ...picker,
    kind,
    failureMode,
    ...(isRecord(port) && { portNumber: port["number"] }),
  };
}

/** With the map at a path changed; without one there, as it is. */
function change(
  fields: Fields,
  path: string | readonly string[],
  to: (map: Fields) => Fields,
): Fields {
  const [name = "", ...deeper] = typeof path === "string" ? [path] : path;
  const map = fields[name];
  if (!isRecord(map)) return fields;
  return { ...fields, [name]: deeper.length === 0 ? to(map) : change(map, deeper, to) };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
