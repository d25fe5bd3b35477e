// The mock present: manifests as they are made into a run that anything can be looked up in.
//
// Nothing is refused here. What cannot be combined, placed, pulled or loaded gets the state that a
// cluster would give it; what the engine cannot simulate yet comes up and gets no load.

import type { ServicePlan } from "../fleet/fleet_plan.ts";
import { NETWORK_KINDS } from "../fleet/network.ts";
import type { PodBirth } from "../fleet/pod_template.ts";
import { gpusOf } from "../fleet/scheduling/pod_needs.ts";
import { type Blocked, STOPPED } from "../fleet/service_status.ts";
import { type AppliedConfig, configsOfService, effectiveSpec } from "../kube/effective_spec.ts";
import {
  type LLMInferenceService,
  llmInferenceServiceSchema,
} from "../kube/llm_inference_service.ts";
import { storageProblem } from "../kube/model_storage.ts";
import { type KubeObject, objectKey } from "../kube/object.ts";
import { withPresets } from "../kube/presets/presets.ts";
import { CONFIG_RESOURCE, keyOf, SERVICE_RESOURCE } from "../kube/resources.ts";
import { hasStopAnnotation } from "../kube/stop.ts";
import { vllmFlags } from "../kube/vllm_flags.ts";
import { checkpointBytes } from "../serving/models.ts";
import { parseTimestamp, PRESENT_US, virtualTimestamp } from "../sim/timestamp.ts";
import { adapterBytesOf } from "./adapters.ts";
import { knownModel } from "./models.ts";
import type { Plan } from "./plan.ts";
import { nodesFor, onKnownGpus, unknownGpus } from "./present_nodes.ts";
import { type Problem, problemsOf } from "./problem.ts";
import type { ParsedScenario } from "./schema.ts";
import { servingOf } from "./services.ts";
import { tooManyReplicas } from "./serving.ts";
import { OUTPUT_ANNOTATION, PROMPT_ANNOTATION, RPS_ANNOTATION } from "./slips.ts";
import { workloadsOf } from "./workloads.ts";

/** What is frozen into the head of its log. */
export interface Present {
  readonly kind: "present";
  readonly seed: number;
  readonly objects: readonly KubeObject[];
}

/** Sparklines and the monitor want so much of the recent past. */
const KEEP_SECONDS = 60;

/** Load that nobody asked for: a request a second each, as long as that is at most so much in all. */
const DEFAULT_RPS = 1;
const MAX_DEFAULT_RPS = 100;

/** Azure's conversations of 2023 (AzurePublicDataset b469a11): means, and p99 over mean, rounded. */
const PROMPT = { mean: 1155, tail: 3.6 };
const OUTPUT = { mean: 211, tail: 2.8 };

/** The run that shows these objects for `durationUs` from virtual 0. */
export function planPresent({ seed, objects }: Present, durationUs = PRESENT_US): Plan {
  const manifests = objects.filter(({ kind }) => kind === SERVICE_RESOURCE.kind);
  const configs = withPresets(objects).filter(({ kind }) => kind === CONFIG_RESOURCE.kind);
  const byKey = new Map(configs.map((config) => [objectKey(config), config]));
  const lookup = (namespace: string, name: string) =>
    byKey.get(keyOf(CONFIG_RESOURCE, namespace, name));
  const read = manifests.map((manifest) => planManifest(manifest, lookup));
  const planned = read.map(({ plan }) => plan)
    // The oldest member of a group owns its route.
    .sort((a, b) => (a.birth?.createdUs ?? 0) - (b.birth?.createdUs ?? 0));
  const nodes = nodesFor(objects.filter(({ kind }) => kind === "Node"), planned);
  const services = planned.map((service) => onKnownGpus(service, nodes));
  return {
    scenario: scenarioOf(seed, durationUs, baselineLoad(services)),
    nodes,
    services,
    notSimulated: Object.fromEntries([
      ...read.flatMap(({ plan, why }) => why === undefined ? [] : [[plan.name, why] as const]),
      ...services.flatMap((service, index) =>
        planned[index]!.serving && !service.serving ? [[service.name, UNKNOWN_GPU] as const] : []
      ),
    ]),
    objects: configObjects(configs, manifests, lookup),
    network: objects.filter(({ kind }) => NETWORK_KINDS.has(kind)).map(withNamespace),
    keepSeconds: KEEP_SECONDS,
    warnings: [...unknownGpus(nodes), ...manifests.flatMap(wrongAnnotations)],
  };
}

function wrongAnnotations(manifest: KubeObject): Problem[] {
  const { name, annotations } = manifest.metadata;
  return [RPS_ANNOTATION, PROMPT_ANNOTATION, OUTPUT_ANNOTATION]
    .filter((key) => annotations?.[key] !== undefined && annotation(manifest, key) === undefined)
    .map((key) => ({
      path: `services/${name}`,
      message: `Cannot use ${key} of "${name}": "${annotations?.[key]}" is no number from 0 ` +
        `to 1000000; its default is taken`,
    }));
}

function scenarioOf(seed: number, duration: number, load: ParsedScenario["load"]): ParsedScenario {
  return {
    kind: "scenario",
    name: "present",
    seed,
    duration,
    warmup: 0,
    cluster: { nodes: [] },
    services: [],
    slo: {},
    load,
    rollouts: [],
    changes: [],
    faults: [],
    autoscalers: [],
    processes: [],
    policies: [],
    expect: [],
  };
}

type Lookup = (namespace: string, name: string) => KubeObject | undefined;

/** A service of the present, and why it is not simulated: blocked ones have that in their status. */
interface PlannedManifest {
  readonly plan: ServicePlan;
  readonly why?: string;
}

/** See `onKnownGpus`. */
const UNKNOWN_GPU = "its pods may run on a GPU that is not known";

function planManifest(manifest: KubeObject, lookup: Lookup): PlannedManifest {
  const object = asCreated(manifest);
  const { name, namespace = "default", creationTimestamp = "" } = object.metadata;
  const createdUs = Math.min(0, parseTimestamp(creationTimestamp) ?? 0);
  const birth: PodBirth = { createdUs, started: createdUs < 0 };
  // With its namespace always: a name alone may be one that every object inherits, `constructor`.
  const key = `${namespace}/${name}`;
  const merged = effectiveSpec(object, lookup);
  const spec = merged.problem ? object.spec : merged.spec;
  const parsed = llmInferenceServiceSchema.safeParse({ ...object, spec });
  const { problem } = merged;
  const blocked = problem ??
    (parsed.success ? undefined : invalid(parsed.error.issues, merged.applied));
  if (merged.problem || !parsed.success || blocked) {
    return {
      plan: { name: key, object, workloads: [NOTHING], birth, ...blockedBy(blocked, object) },
    };
  }
  const served = servingOf(parsed.data, (field) => field);
  const { routing } = served;
  const plan = { ...planParsed(parsed.data, served), ...(routing && { routing }) };
  const unmade = (tooManyReplicas(parsed.data) ?? storageProblem(merged.spec))?.message;
  const { applied, annotations } = merged;
  const effective = { spec: merged.spec, applied, annotations };
  return {
    plan: { ...plan, name: key, object, effective, birth, ...held(object, unmade) },
    ...(served.serving ? {} : { why: reasonOf(served.problems, object.metadata.name) }),
  };
}

/** All in one line, without what each of them begins with. */
function reasonOf(problems: readonly Problem[], name: string): string {
  const begin = `Cannot simulate "${name}": `;
  const reasons = problems.map(({ message }) =>
    message.startsWith(begin) ? message.slice(begin.length) : message
  );
  return [...new Set(reasons)].join("; ");
}

function planParsed(
  service: LLMInferenceService,
  { serving, prefill }: Pick<ServicePlan, "serving" | "prefill">,
): Pick<ServicePlan, "workloads" | "serving" | "prefill"> {
  const model = knownModel(service);
  const bytes = model && checkpointBytes(model);
  const adapterBytes = adapterBytesOf(service, serving);
  const workloads = workloadsOf(service, bytes ?? 0, serving?.gpusPerPod, adapterBytes);
  const [{ needs, groupSize = 1 }] = workloads;
  const gpus = gpusOf(needs);
  // Quantised while it is loaded, the weights are of another size than those that were published.
  const asPublished = bytes !== undefined && !vllmFlags(service).has("quantization") && gpus > 0;
  const { group, weight } = service.spec.router?.route ?? {};
  const namespace = service.metadata.namespace ?? "default";
  return {
    workloads,
    ...(prefill && { prefill }),
    ...(serving ? { serving } : asPublished ? { gpuBytes: bytes / (gpus * groupSize) } : {}),
    ...(group !== undefined && weight !== undefined
      ? { group: { name: `${namespace}/${group}`, weight } }
      : {}),
  };
}

/** A service of which nothing is made has a workload of nothing. */
const NOTHING = workloadsOf({
  apiVersion: "serving.kserve.io/v1alpha2",
  kind: "LLMInferenceService",
  metadata: { name: "nothing" },
  spec: { model: { uri: "hf://nothing" }, replicas: 0 },
}, 0)[0];

function invalid(
  issues: Parameters<typeof problemsOf>[0],
  applied: readonly AppliedConfig[] = [],
): { reason: string; message: string } {
  const [first] = problemsOf(issues);
  const refs = applied.map(({ source, namespace, name }) => `${source}:${namespace}/${name}`);
  return {
    reason: "InvalidRenderedConfig",
    message: `dry-run validation failed after merging configs [${refs.join(", ")}]: ${
      first?.path ?? ""
    }: ${first?.message ?? ""}`,
  };
}

/** Of a service that is stopped anyway, what is wrong is a warning. */
function blockedBy(
  problem: { reason: string; message: string } | undefined,
  object: KubeObject,
): { blocked?: Blocked } {
  if (!problem) return {};
  if (!hasStopAnnotation(object)) return { blocked: { presets: { status: "False", ...problem } } };
  const message = `Service is stopped with warning: ${problem.message}`;
  return { blocked: { ...STOPPED, presets: { ...STOPPED.parts, message } } };
}

/** Of a service that can be combined: it is stopped, or its server cannot be made. */
function held(object: KubeObject, unmade: string | undefined): { blocked?: Blocked } {
  if (hasStopAnnotation(object)) return { blocked: STOPPED };
  return unmade === undefined ? {} : { blocked: { presets: { status: "True" }, workload: unmade } };
}

/** As the API server keeps a manifest: in a namespace, with a time; its status is the run's to tell. */
function asCreated({ status: _, ...object }: KubeObject): KubeObject {
  const { name, namespace = "default", creationTimestamp: at = "", ...rest } = object.metadata;
  const creationTimestamp = virtualTimestamp(Math.min(0, parseTimestamp(at) ?? 0));
  return { ...object, metadata: { name, namespace, ...rest, creationTimestamp } };
}

/** Its status is what its manifest says: gateways are not simulated. */
function withNamespace(object: KubeObject): KubeObject {
  const { name, namespace = "default", ...rest } = object.metadata;
  return { ...object, metadata: { name, namespace, ...rest } };
}

function configObjects(
  configs: readonly KubeObject[],
  services: readonly KubeObject[],
  lookup: Lookup,
): readonly KubeObject[] {
  const users = new Map<KubeObject, number>();
  for (const service of services) {
    for (const config of configsOfService(service, lookup)) {
      users.set(config, (users.get(config) ?? 0) + 1);
    }
  }
  return configs.map((config) => configObject(config, users.get(config) ?? 0));
}

function configObject(config: KubeObject, users: number): KubeObject {
  const object = asCreated(config);
  const at = object.metadata.creationTimestamp!;
  const inUse = users > 0
    ? { status: "True", reason: "InUse", message: `referenced by ${users} LLMInferenceService(s)` }
    : {
      status: "False",
      reason: "NotInUse",
      message: "not referenced by any LLMInferenceService",
    };
  const conditions = [
    { type: "ConfigInUse", severity: "Info", lastTransitionTime: at, ...inUse },
    { type: "Ready", status: "True", lastTransitionTime: at },
  ];
  return { ...object, status: { conditions } };
}

/** Poisson arrivals for each service whose engines are simulated. */
function baselineLoad(services: readonly ServicePlan[]): ParsedScenario["load"] {
  const served = services.filter(({ serving, blocked }) => serving && !blocked);
  const fallback = Math.min(DEFAULT_RPS, MAX_DEFAULT_RPS / Math.max(1, served.length));
  return served.flatMap(({ name, object }) => {
    const { rps } = baselineOf(object, fallback);
    if (rps <= 0) return [];
    return [{
      kind: "poisson" as const,
      name: loadName(name),
      to: name,
      rps,
      ...lengthsOf(object),
    }];
  });
}

/** The load that a manifest's annotations ask for; means in tokens, `rps` may be 0. */
export function baselineOf(object: KubeObject, rps = DEFAULT_RPS) {
  return {
    rps: annotation(object, RPS_ANNOTATION) ?? rps,
    promptTokens: annotation(object, PROMPT_ANNOTATION) || PROMPT.mean,
    outputTokens: annotation(object, OUTPUT_ANNOTATION) || OUTPUT.mean,
  };
}

/** Streams are named by what they serve: by the service, not by its place in the list. */
function loadName(service: string): string {
  return service.replaceAll(/[^a-z0-9]+/g, "-");
}

/** Prompts and answers of the baseline's requests. */
export function lengthsOf(object: KubeObject) {
  const { promptTokens, outputTokens } = baselineOf(object);
  return {
    prompt: lengths(promptTokens, PROMPT.tail),
    output: lengths(outputTokens, OUTPUT.tail),
  };
}

function lengths(mean: number, tail: number) {
  const tokens = Math.max(1, mean);
  return { kind: "lognormal" as const, mean: tokens, p99: tokens * tail };
}

/** A number of a manifest's annotations, from 0 to what a load may be. */
function annotation({ metadata }: KubeObject, name: string): number | undefined {
  const value = Number(metadata.annotations?.[name] ?? NaN);
  return Number.isFinite(value) && value >= 0 && value <= 1_000_000 ? value : undefined;
}
