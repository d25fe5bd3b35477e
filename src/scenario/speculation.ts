// What `--speculative-config` and the acceptance rate of a service say; it knows no step time.

import type { ServingSpeculation } from "../fleet/engine_limits.ts";
import { ACCEPTANCE_ANNOTATION, type LLMInferenceService } from "../kube/llm_inference_service.ts";
import { findModel, type ModelFacts } from "../serving/models.ts";
import type { EngineFlags } from "./engine_flags.ts";

const FLAG = "speculative-config";

const ACCEPTANCE_FIELD = `metadata.annotations["${ACCEPTANCE_ANNOTATION}"]`;

/**
 * Acceptance rates where the service names none. Sources:
 * - `eagle3`, `eagle`: Llama-3.1-8B with vLLM (vllm-project/vllm#20780): acceptance lengths of 2.36,
 *   3.08 and 3.54 at 2, 4 and 7 drafts, and of 2.10, 2.39 and 2.47. These rates give them within 5 %.
 * - `mtp`: DeepSeek-V3 accepts the second token in 85 % to 90 % of cases (arXiv 2412.19437 §5.4.3);
 *   it is taken to hold for further ones too, for which no figure was found.
 *
 * N-grams and draft models have none: text and pair decide, from next to nothing to nearly all.
 */
const ACCEPTANCE: Readonly<Record<string, number>> = { eagle: 0.62, eagle3: 0.75, mtp: 0.85 };

/** What of the JSON is read; vLLM knows more, which changes no figure here. */
interface SpeculativeConfig {
  readonly method?: unknown;
  readonly model?: unknown;
  readonly num_speculative_tokens?: unknown;
}

/** Absent when the service does not speculate, or when a problem says why it cannot be told. */
export function speculationOf(
  service: LLMInferenceService,
  model: ModelFacts,
  flags: EngineFlags,
): ServingSpeculation | undefined {
  const config = readConfig(flags);
  if (!config) return undefined;
  const name = methodOf(config);
  const method = name === "eagle3" ? "eagle" : name;
  if (!isMethod(method)) {
    flags.refuse(
      `speculation by ${name} is not modelled; modelled are ngram, eagle, eagle3, mtp, draft_model`,
    );
    return undefined;
  }
  const tokens = draftsOf(config, method, model, flags);
  const rate = acceptanceRate(service, name, flags);
  const draft = method === "draft_model" ? draftOf(config, flags) : undefined;
  if (method === "mtp" && model.predictionLayers === undefined) {
    flags.refuse("its model has no layers for multi-token prediction to speculate with (mtp)");
  }
  if (tokens === undefined || rate === undefined) return undefined;
  if (method === "draft_model" && !draft) return undefined;
  const acceptedPpm = Math.round(acceptedDrafts(rate, tokens) * 1e6);
  return { tokens, method, acceptedPpm, ...(draft && { draft }) };
}

/**
 * Drafts of a step that are accepted on average when each is with probability `rate`, given those
 * before it: rate + rate² + … (Leviathan et al. 2023, arXiv 2211.17192, equation 1, less the token
 * that the model itself adds).
 */
export function acceptedDrafts(rate: number, tokens: number): number {
  if (rate === 1) return tokens;
  let sum = 0;
  // What is below a millionth of a millionth is no more than rounding.
  for (let [index, power] = [0, rate]; index < tokens && power > 1e-12; index++, power *= rate) {
    sum += power;
  }
  return sum;
}

/** One JSON, or flags such as `--speculative-config.method`, vLLM's other way to write it. */
function readConfig(flags: EngineFlags): SpeculativeConfig | undefined {
  const text = flags.text(FLAG);
  const fields = flags.under(`${FLAG}.`);
  if (text === undefined) {
    if (fields.length === 0) return undefined;
    const entries = fields.map((field) => {
      const value = flags.text(`${FLAG}.${field}`);
      // Flags are read with dashes for underscores.
      return [field.replaceAll("-", "_"), Number.isNaN(Number(value)) ? value : Number(value)];
    });
    return Object.fromEntries(entries);
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // Said below.
  }
  flags.fail(`Cannot read --${FLAG} of "${flags.service}": it is no JSON object`);
  return undefined;
}

/** As vLLM tells it where only the draft is named (`SpeculativeConfig.__post_init__`). */
function methodOf({ method, model }: SpeculativeConfig): string {
  const name = String(method ?? "");
  if (name.endsWith("_mtp")) return "mtp";
  if (name !== "") return name;
  const draft = String(model ?? "").toLowerCase();
  if (draft === "ngram" || draft === "[ngram]") return "ngram";
  if (draft.includes("eagle3")) return "eagle3";
  return draft.includes("eagle-") ? "eagle" : "draft_model";
}

function isMethod(name: string): name is ServingSpeculation["method"] {
  return ["ngram", "eagle", "mtp", "draft_model"].includes(name);
}

function draftsOf(
  config: SpeculativeConfig,
  method: string,
  model: ModelFacts,
  flags: EngineFlags,
): number | undefined {
  const tokens = config.num_speculative_tokens ??
    (method === "mtp" ? model.predictionLayers : undefined);
  if (typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens >= 1) return tokens;
  flags.fail(
    tokens === undefined
      ? "ValueError: num_speculative_tokens must be provided with speculative model unless the " +
        "draft model config contains an n_predict parameter."
      : `Cannot read --${FLAG} of "${flags.service}": num_speculative_tokens ` +
        `${JSON.stringify(tokens)} is not a whole number from 1`,
  );
  return undefined;
}

function acceptanceRate(
  { metadata }: LLMInferenceService,
  method: string,
  flags: EngineFlags,
): number | undefined {
  const text = metadata.annotations?.[ACCEPTANCE_ANNOTATION];
  if (text === undefined) {
    const rate = ACCEPTANCE[method];
    if (rate === undefined) {
      flags.refuse(
        `how many drafts of ${method} are accepted depends on the text; give the share in the ` +
          `annotation ${ACCEPTANCE_ANNOTATION}, from 0 to 1`,
        ACCEPTANCE_FIELD,
      );
    }
    return rate;
  }
  const rate = text.trim() === "" ? NaN : Number(text);
  if (rate >= 0 && rate <= 1) return rate;
  flags.fail(
    `Cannot read ${ACCEPTANCE_ANNOTATION} of "${flags.service}": "${text}" is not a number from 0 to 1`,
    ACCEPTANCE_FIELD,
  );
  return undefined;
}

function draftOf({ model }: SpeculativeConfig, flags: EngineFlags): ModelFacts | undefined {
  const draft = typeof model === "string" ? findModel([model]) : undefined;
  if (!draft) flags.refuse(`no facts about the model ${JSON.stringify(model)} that drafts for it`);
  return draft;
}
