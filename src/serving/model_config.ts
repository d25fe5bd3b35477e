// A model's facts out of its Hugging Face config.json; it reads an object and fetches nothing.

import {
  ConfigFields,
  type ConfigProblem,
  isJsonObject,
  type JsonObject,
} from "./config_fields.ts";
import { expertsOf, latentOf, slidingWindowOf, visionWeights } from "./model_config_parts.ts";
import type { Dtype, ModelFacts, Precision } from "./model_facts.ts";
import { positionsOf } from "./model_positions.ts";
import { precisionsOf } from "./quantization_config.ts";

/** What is particular to a family: where it differs from Llama. Defaults are Transformers' own. */
interface Family {
  readonly tiedEmbeddings?: true;
  readonly feedForwardMatrices?: 2;
  /** Rows of the table of learned positions beyond the positions themselves. */
  readonly extraPositions?: number;
  /** What published files leave out, because it is the class's default. */
  readonly defaults?: JsonObject;
}

const GEMMA: Family = { tiedEmbeddings: true, defaults: { head_dim: 256 } };

/** Transformers' `model_type`s (5.0); GPT-2 and OPT have learned positions and no gate. */
const FAMILIES: Readonly<Record<string, Family>> = {
  llama: {},
  mistral: {},
  mixtral: {},
  qwen2: {},
  qwen3: {},
  qwen2_moe: {},
  qwen3_moe: {},
  gemma: GEMMA,
  gemma2: GEMMA,
  gemma3_text: {
    tiedEmbeddings: true,
    defaults: {
      head_dim: 256,
      num_attention_heads: 8,
      num_key_value_heads: 4,
      vocab_size: 262_208,
      max_position_embeddings: 131_072,
    },
  },
  phi3: {},
  granite: {},
  gpt_oss: { defaults: { head_dim: 64 } },
  deepseek_v2: {},
  deepseek_v3: {},
  gpt2: { tiedEmbeddings: true, feedForwardMatrices: 2, extraPositions: 0 },
  opt: { tiedEmbeddings: true, feedForwardMatrices: 2, extraPositions: 2 },
};

/** Multimodal models whose text is one of the families; the text's own `model_type` may be missing. */
const TEXT_FAMILIES: Readonly<Record<string, string>> = {
  gemma3: "gemma3_text",
  mistral3: "mistral",
};

/** The facts that a parsed config.json gives, or all that keeps it from being read. */
export function modelFromConfig(
  config: unknown,
): ModelFacts | { readonly problems: readonly ConfigProblem[] } {
  if (!isJsonObject(config)) {
    return { problems: [{ path: "", message: "Cannot read the model's config: it is no object" }] };
  }
  const nested = isJsonObject(config["text_config"]) ? config["text_config"] : undefined;
  const outerType = String(config["model_type"] ?? "");
  const type = nested
    ? String(nested["model_type"] ?? TEXT_FAMILIES[outerType] ?? outerType)
    : outerType;
  const family = Object.hasOwn(FAMILIES, type) ? FAMILIES[type] : undefined;
  if (!family) return { problems: [unknownFamily(type, nested !== undefined)] };
  const object = { ...family.defaults, ...nested ?? config };
  const fields = new ConfigFields(object, nested ? "text_config." : "");
  return factsOf(
    { config, object, fields, ...(nested && { outer: new ConfigFields(config) }) },
    type,
    family,
  );
}

function unknownFamily(type: string, nested: boolean): ConfigProblem {
  const path = nested ? "text_config.model_type" : "model_type";
  const known = Object.keys(FAMILIES).join(", ");
  const message =
    `Cannot read ${path} of the model's config: "${type}" is not known; known: ${known}`;
  return { path, message };
}

/** A config, the text's own part of it, and its fields beside that part where it is not the whole. */
interface Read {
  readonly config: JsonObject;
  readonly object: JsonObject;
  readonly fields: ConfigFields;
  readonly outer?: ConfigFields;
}

function factsOf(
  { config, object, fields, outer }: Read,
  type: string,
  family: Family,
): ModelFacts | { readonly problems: readonly ConfigProblem[] } {
  const shape = shapeOf(fields);
  const dtype = dtypeOf(fields, outer);
  const quantization = fields.object("quantization_config") ?? outer?.object("quantization_config");
  const { precisions, fields: quantizationFields } = precisionsOf(quantization, dtype);
  const maxPositions = positionsOf(object, fields, type);
  const tiedByDefault = family.tiedEmbeddings ?? false;
  const tied = outer?.flag("tie_word_embeddings", tiedByDefault) ?? tiedByDefault;
  const facts: ModelFacts = {
    repositories: [],
    ...shape,
    ...partsOf(config, fields, type, { ...shape, maxPositions, precision: precisions.experts }),
    ...familyParts(family, maxPositions),
    vocabulary: fields.count("vocab_size"),
    tiedEmbeddings: fields.flag("tie_word_embeddings", tied),
    precision: precisions.layers,
    dtype,
    maxPositions,
  };
  const problems = [fields, outer, quantizationFields].flatMap((each) => each?.problems ?? []);
  return problems.length > 0 ? { problems } : facts;
}

function familyParts(
  { feedForwardMatrices, extraPositions }: Family,
  maxPositions: number,
): Partial<ModelFacts> {
  return {
    ...(feedForwardMatrices ? { feedForwardMatrices } : {}),
    ...(extraPositions === undefined ? {} : { learnedPositions: maxPositions + extraPositions }),
  };
}

/** What only some models have, each left out where this one does not. */
function partsOf(
  config: JsonObject,
  fields: ConfigFields,
  type: string,
  { layers, hidden, maxPositions, precision }: Shape & {
    maxPositions: number;
    precision: Precision;
  },
): Partial<ModelFacts> {
  const experts = expertsOf(fields, type, layers, precision);
  const slidingWindow = slidingWindowOf(fields, type, layers, maxPositions);
  const latent = latentOf(fields, type);
  const besideDecoder = visionWeights(config["vision_config"], hidden);
  const predictionLayers = fields.optional("num_nextn_predict_layers", 0, 0);
  return {
    ...(experts ? { experts } : {}),
    ...(slidingWindow ? { slidingWindow } : {}),
    ...(latent ? { latent } : {}),
    ...(besideDecoder > 0 ? { besideDecoder } : {}),
    ...(predictionLayers > 0 ? { predictionLayers } : {}),
  };
}

type Shape = Pick<
  ModelFacts,
  "layers" | "hidden" | "heads" | "kvHeads" | "headSize" | "feedForward"
>;

function shapeOf(fields: ConfigFields): Shape {
  const hidden = fields.count("hidden_size", "n_embd");
  const heads = fields.count("num_attention_heads", "n_head");
  const kvHeads = fields.optional("num_key_value_heads", heads);
  // What could not be read is not compared as well.
  const isRead = fields.problems.length === 0;
  if (isRead && heads % kvHeads !== 0) {
    fields.refuse("num_key_value_heads", `${kvHeads} does not divide ${heads} attention heads`);
  }
  const headSize = fields.optional("head_dim", hidden / heads);
  if (isRead && !Number.isInteger(headSize)) {
    fields.refuse("num_attention_heads", `${heads} does not divide a hidden size of ${hidden}`);
  }
  // OPT-350M's: its matrices between the two widths have no facts.
  if (fields.optional("word_embed_proj_dim", hidden) !== hidden && isRead) {
    fields.refuse("word_embed_proj_dim", `it is not the hidden size of ${hidden}`);
  }
  const layers = fields.count("num_hidden_layers", "n_layer");
  return { layers, hidden, heads, kvHeads, headSize, feedForward: feedForwardOf(fields, hidden) };
}

/** GPT-2's is four times its hidden size where `n_inner` is null. */
function feedForwardOf(fields: ConfigFields, hidden: number): number {
  const isGpt2 = fields.optional("n_embd", undefined) !== undefined;
  if (isGpt2) return fields.optional("n_inner", 4 * hidden);
  return fields.count("intermediate_size", "ffn_dim");
}

/** vLLM's `--dtype auto` serves 32 bits in fp16. */
function dtypeOf(fields: ConfigFields, outer: ConfigFields | undefined): Dtype {
  const name = fields.text("torch_dtype", "dtype") ?? outer?.text("torch_dtype", "dtype") ??
    "bfloat16";
  if (name === "bfloat16") return "bf16";
  if (name === "float16" || name === "float32") return "fp16";
  fields.refuse("torch_dtype", `"${name}" is none of bfloat16, float16, float32`);
  return "bf16";
}
