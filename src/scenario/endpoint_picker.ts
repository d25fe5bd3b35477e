// Reads out of an LLMInferenceService how its requests find a pod: endpoint picker or balancing.

import { z } from "zod";
import { type Balancing, BALANCING_ANNOTATION, BALANCINGS } from "../fleet/picker/balancing.ts";
import { defaultConfig } from "../fleet/picker/defaults.ts";
import { REFRESH_US } from "../fleet/picker/endpoints.ts";
import type { PickerPlan, Routing } from "../fleet/picker/plan.ts";
import type { PluginTypes } from "../fleet/picker/plugin_type.ts";
import { selectsPrefill } from "../fleet/picker/prefill_pods.ts";
import { readConfig } from "../fleet/picker/read_config.ts";
import type { LLMInferenceService } from "../kube/llm_inference_service.ts";
import { parseDuration } from "../sim/duration.ts";
import type { At } from "./engine_flags.ts";
import { AS_WRITTEN, pathText, type Problem, problemsOf, suggestion } from "./problem.ts";

const SCHEDULER = "spec.router.scheduler";

const schedulerSchema = z.looseObject({
  pool: z.looseObject({
    ref: z.looseObject({ name: z.string().optional() }).optional(),
    spec: z.looseObject({
      endpointPickerRef: z.looseObject({
        failureMode: z.enum(["FailOpen", "FailClose"]).optional(),
      }).optional(),
    }).optional(),
  }).optional(),
  config: z.looseObject({
    inline: z.unknown().optional(),
    ref: z.looseObject({ name: z.string(), key: z.string().optional() }).optional(),
  }).optional(),
  template: z.looseObject({
    containers: z.array(z.looseObject({
      name: z.string(),
      command: z.array(z.string()).optional(),
      args: z.array(z.string()).optional(),
    })).optional(),
  }).optional(),
});

type Scheduler = z.output<typeof schedulerSchema>;

/** How the requests of a service find a pod, or all that keeps it from being simulated. */
export function routingOf(
  service: LLMInferenceService,
  loraSlots: number,
  at: At,
  own: PluginTypes = {},
): { routing?: Routing; problems: Problem[] } {
  const reader = new RoutingReader(service, at, own);
  const balancing = reader.balancing();
  const parsed = schedulerSchema.optional().safeParse(service.spec.router?.scheduler, AS_WRITTEN);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error.issues).map(({ path, message }) => ({
      path: at(path === "" ? SCHEDULER : `${SCHEDULER}.${path}`),
      message,
    }));
    return { problems: [...reader.problems, ...problems] };
  }
  const { data: scheduler } = parsed;
  const picker = scheduler && reader.picker(scheduler, loraSlots > 0);
  if (reader.problems.length > 0) return { problems: reader.problems };
  // KServe's preset says FailOpen; what a pool of one's own says takes its place.
  const { failureMode = "FailOpen" } = scheduler?.pool?.spec?.endpointPickerRef ?? {};
  const routing = { balancing, failureMode, loraSlots, ...(picker ? { picker } : {}) };
  return { routing, problems: [] };
}

class RoutingReader {
  readonly problems: Problem[] = [];
  readonly #service: LLMInferenceService;
  readonly #at: At;
  readonly #own: PluginTypes;

  constructor(service: LLMInferenceService, at: At, own: PluginTypes) {
    this.#service = service;
    this.#at = at;
    this.#own = own;
  }

  #fail(field: string, reason: string): void {
    const message = `Cannot simulate "${this.#service.metadata.name}": ${reason}`;
    this.problems.push({ path: this.#at(field), message });
  }

  balancing(): Balancing {
    const said = this.#service.metadata.annotations?.[BALANCING_ANNOTATION];
    const known = BALANCINGS.find((balancing) => balancing === said);
    if (said !== undefined && !known) {
      const hint = suggestion(said, BALANCINGS);
      this.#fail("metadata.annotations", `${BALANCING_ANNOTATION} is "${said}": ${hint}`);
    }
    return known ?? "round-robin";
  }

  picker(scheduler: Scheduler, lora: boolean): PickerPlan | undefined {
    if (scheduler.pool?.ref) {
      const { name = "" } = scheduler.pool.ref;
      const reason = `the InferencePool "${name}" has an endpoint picker of its own, ` +
        `which is not known here`;
      this.#fail(`${SCHEDULER}.pool.ref`, reason);
      return undefined;
    }
    const flags = new PickerFlags(scheduler);
    const source = this.#source(scheduler, flags, lora);
    const refreshUs = this.#refresh(flags);
    if (!source) return undefined;
    const read = readConfig(source.config, refreshUs, this.#own);
    if ("plan" in read) return this.#checked(read.plan, source.field);
    if ("issues" in read) {
      for (const { path, message } of problemsOf(read.issues)) {
        this.#fail(path === "" ? source.field : `${source.field}.${path}`, message);
      }
      return undefined;
    }
    for (const { path, message, unknown } of read.problems) {
      const hint = unknown ? `: ${suggestion(unknown.name, unknown.known)}` : "";
      this.#fail(fieldIn(source.field, path), `${message}${hint}`);
    }
    return undefined;
  }

  /** The configuration as data and the field that has it; flags of one's own go before all. */
  #source(
    { config = {} }: Scheduler,
    flags: PickerFlags,
    lora: boolean,
  ): { config: unknown; field: string } | undefined {
    const { inline, ref } = config;
    const text = flags.value("config-text");
    const field = `${SCHEDULER}.template.containers`;
    if (text !== undefined) {
      const data = parseJson(text);
      if (data !== undefined) return { config: data, field };
      const reason = "--config-text is YAML, which is not read here: " +
        `write it as an object under ${SCHEDULER}.config.inline`;
      this.#fail(field, reason);
      return undefined;
    }
    if (flags.value("config-file") !== undefined) {
      this.#fail(field, "--config-file names a file of the endpoint picker's own pod");
      return undefined;
    }
    if (inline !== undefined) return this.#inline(inline);
    if (ref) {
      const { name, key = "epp" } = ref;
      const reason = `the ConfigMap "${name}", whose key "${key}" is the endpoint picker's ` +
        `configuration, is not here: write it under ${SCHEDULER}.config.inline`;
      this.#fail(`${SCHEDULER}.config.ref`, reason);
      return undefined;
    }
    const prefill = this.#service.spec.prefill !== undefined;
    return { config: defaultConfig(prefill, lora), field: SCHEDULER };
  }

  #inline(inline: unknown): { config: unknown; field: string } | undefined {
    const field = `${SCHEDULER}.config.inline`;
    if (typeof inline === "object" && inline !== null) return { config: inline, field };
    // The API server's schema refuses it too.
    this.#fail(field, "the endpoint picker's configuration must be an object, not text");
    return undefined;
  }

  #refresh(flags: PickerFlags): number {
    const said = flags.value("refresh-metrics-interval");
    if (said === undefined) return REFRESH_US;
    const us = parseDuration(said);
    if (us !== undefined && us > 0) return us;
    const field = `${SCHEDULER}.template.containers`;
    this.#fail(field, `--refresh-metrics-interval is "${said}": write a duration such as 50ms`);
    return REFRESH_US;
  }

  /** A pod that only computes prompts cannot answer: upstream the request would go there and fail. */
  #checked(plan: PickerPlan, field: string): PickerPlan | undefined {
    if (this.#service.spec.prefill === undefined || !selectsPrefill(plan)) return plan;
    const reason = "its endpoint picker would send requests to prefill pods: " +
      "the profile that answers needs decode-filter";
    this.#fail(field, reason);
    return undefined;
  }
}

/** Flags of the endpoint picker's container, as far as its template has any. */
class PickerFlags {
  readonly #words: readonly string[];

  constructor({ template }: Scheduler) {
    const main = template?.containers?.find(({ name }) => name === "main");
    this.#words = [...main?.command ?? [], ...main?.args ?? []];
  }

  /** `--name value`, `--name=value`, with one dash or two as Go's flags. */
  value(name: string): string | undefined {
    const words = this.#words;
    for (const [index, word] of words.entries()) {
      const flag = /^--?([\w-]+)(?:=([\s\S]*))?$/.exec(word);
      if (flag?.[1] === name) return flag[2] ?? words[index + 1];
    }
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldIn(field: string, path: readonly PropertyKey[]): string {
  const text = pathText(path);
  return text === "" ? field : `${field}.${text}`;
}
