// Which precision a config.json's `quantization_config` gives the weights; it knows no architecture.

import { ConfigFields, isJsonObject, type JsonObject } from "./config_fields.ts";
import type { Dtype, Precision } from "./model_facts.ts";

/** The precision of the layers' matrices, and of the routed experts. */
export interface Precisions {
  readonly layers: Precision;
  readonly experts: Precision;
}

/** Modules that every quantiser leaves alone, and that facts keep in 16 bits or do not count. */
const LEFT_ALONE = /lm_head|embed|router|gate$|norm|vision|projector|eh_proj|shared_head/;

/**
 * vLLM's reading of the methods that Hugging Face repositories use. Groups of other sizes than 128
 * count as such; methods that quantise while loading (bitsandbytes) or into formats without facts are
 * refused, and so are those that leave some of the layers alone: their bytes would be wrong.
 */
export function precisionsOf(
  quantization: JsonObject | undefined,
  dtype: Dtype,
): { precisions: Precisions; fields?: ConfigFields } {
  if (!quantization) return { precisions: { layers: dtype, experts: dtype } };
  const fields = new ConfigFields(quantization, "quantization_config.");
  const method = fields.text("quant_method") ?? "";
  // gpt-oss: only the experts.
  if (method === "mxfp4") return { precisions: { layers: dtype, experts: "mxfp4" }, fields };
  const precision = precisionOf(method, quantization, fields);
  for (const name of ["modules_to_not_convert", "ignore", "ignored_layers"]) {
    const left = (fields.texts(name) ?? []).find((module) => !LEFT_ALONE.test(module));
    if (left !== undefined) {
      fields.refuse(name, `weights that are left as they are ("${left}") cannot be counted`);
    }
  }
  return { precisions: { layers: precision, experts: precision }, fields };
}

function precisionOf(method: string, config: JsonObject, fields: ConfigFields): Precision {
  if (method === "fp8" || method === "fbgemm_fp8") return "fp8";
  if (method === "awq" || method === "gptq") return ofBits(fields, "bits", config["bits"] ?? 4);
  if (method === "compressed-tensors") return ofGroups(config["config_groups"], fields);
  if (method === "modelopt" && config["quant_algo"] === "FP8") return "fp8";
  const known = "awq, compressed-tensors, fbgemm_fp8, fp8, gptq, modelopt (FP8), mxfp4";
  fields.refuse("quant_method", `"${method}" is not known; known: ${known}`);
  return "int8";
}

/** All groups of compressed-tensors must agree: facts have one precision for all layers. */
function ofGroups(groups: unknown, fields: ConfigFields): Precision {
  const weights = isJsonObject(groups) ? Object.values(groups).map(weightsOf) : [];
  const found = new Set(weights.map(({ bits, type }) => `${bits} ${type}`));
  if (found.size !== 1) {
    fields.refuse("config_groups", "it has to give all weights one precision");
    return "int8";
  }
  const { bits, type } = weights[0]!;
  if (type === "float" && bits === 8) return "fp8";
  if (type === "int") return ofBits(fields, "config_groups", bits);
  fields.refuse("config_groups", `weights of ${bits} bits and type "${type}" have no facts`);
  return "int8";
}

function weightsOf(group: unknown): { bits: unknown; type: unknown } {
  const weights = isJsonObject(group) ? group["weights"] : undefined;
  return isJsonObject(weights)
    ? { bits: weights["num_bits"], type: weights["type"] }
    : { bits: undefined, type: undefined };
}

function ofBits(fields: ConfigFields, name: string, bits: unknown): Precision {
  if (bits === 4) return "int4";
  if (bits !== 8) fields.refuse(name, `${JSON.stringify(bits)} bits are neither 4 nor 8`);
  return "int8";
}
