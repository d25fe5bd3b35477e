// KServe's CRD and its manifests as the tests read them, where they are to be had.

import { CORE_SCHEMA, load, loadAll } from "js-yaml";
import { shared } from "../../serving/shared_data.ts";
import type { Schema } from "./openapi.ts";

export const CRD = shared("samples/crd/serving.kserve.io_llminferenceservices.yaml");
const FOLDERS = [shared("samples/docs-samples"), shared("samples/presets")];

export interface Sample {
  readonly file: string;
  readonly document: Record<string, unknown>;
}

interface Definition {
  readonly spec: {
    readonly versions: readonly { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

/** The schema of services in each version, by its name. */
export function crdSchemas(): ReadonlyMap<string, Schema> {
  const text = Deno.readTextFileSync(CRD.path);
  const { spec } = load(text, { schema: CORE_SCHEMA }) as Definition;
  return new Map(spec.versions.map(({ name, schema }) => [name, schema.openAPIV3Schema]));
}

const TEMPLATED = [
  "router.route.http.spec",
  "router.scheduler.pool.spec",
  "template",
  "worker",
  "prefill.template",
  "prefill.worker",
  "router.scheduler.template",
  "router.scheduler.tokenizer.template",
];
const TAKEN_OUT = ["pattern", "x-kubernetes-validations", "minLength", "minItems", "minProperties"];

/** The schema of configs, as KServe's Makefile makes it of that of services: values may be templates. */
export function configSchema(service: Schema): Schema {
  const schema = structuredClone(service);
  delete (schema.properties as Record<string, Schema>)["status"];
  for (const path of TEMPLATED) {
    const at = path.split(".").reduce(
      (schema, name) => schema.properties![name]!,
      schema.properties!["spec"]!,
    );
    takeOut(at);
  }
  return schema;
}

function takeOut(schema: Schema): void {
  for (const name of TAKEN_OUT) delete (schema as Record<string, unknown>)[name];
  for (const own of Object.values(schema.properties ?? {})) takeOut(own);
  if (schema.items) takeOut(schema.items);
  if (schema.additionalProperties) takeOut(schema.additionalProperties);
}

/** All documents of all manifests, of whatever kind. */
export function samples(): Sample[] {
  return FOLDERS.flatMap(({ path }) => [...yamlFiles(path)]).flatMap((file) => {
    const documents = loadAll(Deno.readTextFileSync(file), { schema: CORE_SCHEMA });
    return documents.filter((document) => document !== null)
      .map((document) => ({ file, document: document as Sample["document"] }));
  });
}

export function* yamlFiles(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* yamlFiles(path);
    else if (name.endsWith(".yaml")) yield path;
  }
}

/** Services and configs. */
export function ofKserve({ document: { kind } }: Sample): boolean {
  return kind === "LLMInferenceService" || kind === "LLMInferenceServiceConfig";
}

/** What KServe's documentation shows of statuses. */
export function statusFragments(): Record<string, unknown>[] {
  const { path } = shared("samples/status-fragments");
  return [...yamlFiles(path)].map((file) =>
    load(Deno.readTextFileSync(file), { schema: CORE_SCHEMA }) as Record<string, unknown>
  );
}
