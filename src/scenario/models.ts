// Which model a service serves: by a name that is known, else by the config.json in its annotations.

import {
  type LLMInferenceService,
  MODEL_ANNOTATION,
  modelNames,
} from "../kube/llm_inference_service.ts";
import { modelFromConfig } from "../serving/model_config.ts";
import { findModel, MODEL_NAMES, type ModelFacts } from "../serving/models.ts";
import { type Problem, suggestion } from "./problem.ts";

/** Holds the text of the model's config.json, for models that mtop does not know by name. */
export const MODEL_CONFIG_ANNOTATION = "mtop.dev/model-config";

const CONFIG_PATH = `metadata.annotations["${MODEL_CONFIG_ANNOTATION}"]`;

/** The model's facts, or what keeps them from being known, each problem with its field of the service. */
export function modelOf(
  service: LLMInferenceService,
): { readonly model: ModelFacts } | { readonly problems: readonly Problem[] } {
  const model = findModel(modelNames(service));
  if (model) return { model };
  const text = service.metadata.annotations?.[MODEL_CONFIG_ANNOTATION];
  if (text === undefined) return { problems: [unknownModel(service)] };
  const config = parseJson(text);
  if ("problem" in config) return { problems: [{ path: CONFIG_PATH, message: config.problem }] };
  const found = modelFromConfig(config.value);
  return "problems" in found
    ? { problems: found.problems.map(({ message }) => ({ path: CONFIG_PATH, message })) }
    : { model: found };
}

/** The model's facts where they are known, for those who can do without. */
export function knownModel(service: LLMInferenceService): ModelFacts | undefined {
  const found = modelOf(service);
  return "model" in found ? found.model : undefined;
}

function parseJson(text: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return {
      problem: `Cannot read the model's config: it is no JSON (${(error as Error).message})`,
    };
  }
}

function unknownModel(service: LLMInferenceService): Problem {
  const { uri, name } = service.spec.model;
  const isDefault = name === service.metadata.name;
  const asked = modelNames(service).find((each) => each !== name || !isDefault) ?? uri;
  const near = suggestion(asked.toLowerCase(), MODEL_NAMES);
  // The list of all names is too long to be read in an error.
  const hint = near.startsWith("did you mean") ? `${near} ` : "";
  return {
    path: "spec.model",
    message:
      `Cannot simulate "${service.metadata.name}": no facts about the model "${asked}"; ${hint}` +
      `name a known one in the annotation ${MODEL_ANNOTATION}, or describe it by the text of its ` +
      `config.json in ${MODEL_CONFIG_ANNOTATION}`,
  };
}
