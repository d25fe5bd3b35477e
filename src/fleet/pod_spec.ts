// What a kubelet and the node controllers read out of a pod's spec; KServe's presets where it says nothing.

import type { Json, JsonObject } from "../kube/object.ts";
import type { StartupPlan } from "../serving/startup.ts";
import type { PodTemplate } from "./pod_template.ts";
import type { Probe, Probes } from "./probes.ts";
import type { Toleration } from "./scheduling/pod_needs.ts";
import { withDefaultTolerations } from "./scheduling/taints.ts";
import { PICKER_PROBES, PROBE_DEFAULTS, SERVER_PROBES, TIMINGS } from "./timings.ts";

/** llm-d's sidecar before a server that decodes (kserve aaac4e2, config-llm-decode-template). */
const ROUTING_SIDECAR: NamedImage = {
  name: "llm-d-routing-sidecar",
  image: "ghcr.io/llm-d/llm-d-router-disagg-sidecar:v0.10.0",
};

export interface NamedImage {
  readonly name: string;
  readonly image: string;
}

export interface PodSpecFacts {
  readonly probes: Probes;
  /** How a probe is made: `http`, `https` or `grpc`, and the port that it asks. */
  readonly scheme: "http" | "https" | "grpc";
  readonly port: number;
  readonly graceUs: number;
  /** How long the preStop hook takes of the grace. */
  readonly preStopUs: number;
  /** Init containers that stay (`restartPolicy: Always`). */
  readonly sidecars: readonly NamedImage[];
  /** Containers beside `main`: of a latency predictor, or a service's own. */
  readonly companions: readonly NamedImage[];
  /** As they are written, and those that the API server adds. */
  readonly tolerations: readonly Toleration[];
  readonly qosClass: "Guaranteed" | "Burstable" | "BestEffort";
}

const SECOND = 1_000_000;

/** A template is read once for all its pods. */
const known = new WeakMap<PodTemplate, PodSpecFacts>();

export function specFacts(template: PodTemplate): PodSpecFacts {
  const found = known.get(template) ?? read(template);
  known.set(template, found);
  return found;
}

function read({ template: spec, labels, resources, startup }: PodTemplate): PodSpecFacts {
  const containers = listOf(spec["containers"]);
  const main = containers.find(({ name }) => name === "main") ?? {};
  const scheduler = labels["app.kubernetes.io/component"]?.endsWith("-router-scheduler") ?? false;
  const probe = objectOf(main["readinessProbe"] ?? main["livenessProbe"]);
  const http = objectOf(probe["httpGet"]);
  const decodes = labels["llm-d.ai/role"] === "decode";
  const asked = scheduler ? probe["grpc"] : http;
  const { port } = objectOf(asked);
  return {
    probes: scheduler
      ? probesOf(main, PICKER_PROBES)
      : probesOf(main, { ...SERVER_PROBES, startup: startupProbe(startup) }),
    scheme: scheduler ? "grpc" : http["scheme"] === "HTTPS" ? "https" : "http",
    port: typeof port === "number" ? port : scheduler ? 9003 : decodes ? 8001 : 8000,
    graceUs: seconds(spec["terminationGracePeriodSeconds"]) ?? TIMINGS.graceUs,
    preStopUs: preStopUs(main),
    sidecars: sidecarsOf(spec, decodes),
    companions: containers.filter(({ name }) => name !== "main")
      .map(({ name, image }) => ({ name: String(name), image: String(image ?? "") })),
    tolerations: withDefaultTolerations(listOf(spec["tolerations"]) as readonly Toleration[]),
    qosClass: qosClass([...containers.filter(({ name }) => name !== "main"), { resources }]),
  };
}

/** Who plans a start has read the startup probe already: one that waits for ever is none. */
function startupProbe({ probeUs, budgetUs }: StartupPlan): Probe | undefined {
  if (!Number.isFinite(budgetUs)) return undefined;
  return { ...PROBE_DEFAULTS, periodUs: probeUs, failureThreshold: budgetUs / probeUs };
}

function probesOf(container: JsonObject, presets: Probes): Probes {
  return {
    startup: presets.startup,
    readiness: probeOf(container["readinessProbe"], presets.readiness),
    liveness: probeOf(container["livenessProbe"], presets.liveness),
  };
}

function probeOf(probe: Json | undefined, preset: Probe | undefined): Probe | undefined {
  if (probe === undefined) return preset;
  const fields = objectOf(probe);
  return {
    initialDelayUs: seconds(fields["initialDelaySeconds"]) ?? PROBE_DEFAULTS.initialDelayUs,
    periodUs: seconds(fields["periodSeconds"]) || PROBE_DEFAULTS.periodUs,
    timeoutUs: seconds(fields["timeoutSeconds"]) || PROBE_DEFAULTS.timeoutUs,
    successThreshold: count(fields["successThreshold"]) ?? PROBE_DEFAULTS.successThreshold,
    failureThreshold: count(fields["failureThreshold"]) ?? PROBE_DEFAULTS.failureThreshold,
  };
}

/** A hook that sleeps, as KServe's does; how long another command takes is not known: no time. */
function preStopUs(container: JsonObject): number {
  const lifecycle = container["lifecycle"];
  if (lifecycle === undefined) return TIMINGS.preStopUs;
  const hook = objectOf(objectOf(lifecycle)["preStop"]);
  const slept = seconds(objectOf(hook["sleep"])["seconds"]);
  if (slept !== undefined) return slept;
  const { command } = objectOf(hook["exec"]);
  const words = Array.isArray(command) ? command.map(String).join(" ") : "";
  const [, told] = /(?:^|\/|\s)sleep (\d+)\s*$/.exec(words) ?? [];
  return told === undefined ? 0 : Number(told) * SECOND;
}

function sidecarsOf(spec: JsonObject, decodes: boolean): readonly NamedImage[] {
  if (spec["initContainers"] === undefined) return decodes ? [ROUTING_SIDECAR] : [];
  const own = listOf(spec["initContainers"])
    .filter(({ restartPolicy }) => restartPolicy === "Always")
    .map(({ name, image }) => ({ name: String(name), image: String(image ?? "") }));
  const known = own.some(({ name }) => name === ROUTING_SIDECAR.name);
  return decodes && !known ? [...own, ROUTING_SIDECAR] : own;
}

/** Kubernetes' class by what containers ask for of CPU and memory (`GetPodQOS`); GPUs do not count. */
export function qosClass(containers: readonly JsonObject[]): PodSpecFacts["qosClass"] {
  const all = containers.map(({ resources }) => objectOf(resources));
  const asked = all.flatMap(({ requests, limits }) =>
    ["cpu", "memory"].map((name) => {
      const limit = objectOf(limits)[name];
      return { limit, request: objectOf(requests)[name] ?? limit };
    })
  );
  if (asked.every(({ request }) => request === undefined)) return "BestEffort";
  const guaranteed = asked.every(({ limit, request }) =>
    limit !== undefined && String(limit) === String(request)
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}

function seconds(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? value * SECOND
    : undefined;
}

function count(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1 ? value : undefined;
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonObject
    : {};
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.map((each) => objectOf(each as Json)) : [];
}
