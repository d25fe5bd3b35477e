// What `--quantization`, `--dtype` and `--kv-cache-dtype` make of a model; it knows no GPU.

import { quantised } from "../serving/catalogue/shape.ts";
import type { Dtype, KvDtype, ModelFacts, Precision } from "../serving/models.ts";
import type { EngineFlags } from "./engine_flags.ts";

const DTYPES: Readonly<Record<string, Dtype | undefined>> = {
  auto: undefined,
  bfloat16: "bf16",
  float16: "fp16",
  half: "fp16",
};

/** Of vLLM's `CacheDType`s, those of one byte and those of 16 bits, which every model's dtype has. */
const KV_DTYPES: Readonly<Record<string, KvDtype>> = {
  auto: "auto",
  bfloat16: "auto",
  float16: "auto",
  fp8: "fp8",
  fp8_e4m3: "fp8",
  fp8_e5m2: "fp8",
};

/**
 * What a checkpoint's weights may be in, so that vLLM takes it with this `--quantization`. `fp8` may
 * also be made of weights in 16 bits while they are loaded.
 */
const CHECKPOINTS: Readonly<Record<string, readonly Precision[]>> = {
  "fp8": ["fp8"],
  "fbgemm_fp8": ["fp8"],
  "modelopt": ["fp8"],
  "compressed-tensors": ["fp8", "int8", "int4"],
  "awq": ["int4"],
  "awq_marlin": ["int4"],
  "gptq": ["int4", "int8"],
  "gptq_marlin": ["int4", "int8"],
  "mxfp4": ["mxfp4"],
};

/** `--kv-cache-dtype`; absent is `auto`. */
export function kvDtypeOf(flags: EngineFlags): KvDtype | undefined {
  const name = flags.oneOf("kv-cache-dtype", Object.keys(KV_DTYPES));
  return name === undefined ? undefined : KV_DTYPES[name];
}

/** The model as vLLM has it in memory. */
export function modelAsServed(published: ModelFacts, flags: EngineFlags): ModelFacts {
  const model = withDtype(published, DTYPES[flags.oneOf("dtype", Object.keys(DTYPES)) ?? "auto"]);
  const method = flags.oneOf("quantization", Object.keys(CHECKPOINTS));
  if (method === undefined) return model;
  const weights = model.experts?.precision ?? model.precision;
  if (CHECKPOINTS[method]!.includes(weights)) return model;
  if (method === "fp8" && is16Bit(weights)) {
    // vLLM's `Fp8LinearMethod` and `Fp8MoEMethod` take all matrices of the layers, not the embeddings.
    return quantised(model, "fp8", model.repositories);
  }
  flags.refuse(
    `--quantization ${method} is not for weights in ${weights}, as its model has them; name the ` +
      "checkpoint that is served, or describe it by its config.json",
  );
  return model;
}

function is16Bit(precision: Precision): boolean {
  return precision === "bf16" || precision === "fp16";
}

function withDtype(model: ModelFacts, dtype: Dtype | undefined): ModelFacts {
  if (dtype === undefined) return model;
  const cast = (precision: Precision) =>
    precision === "fp32" || is16Bit(precision) ? dtype : precision;
  const { experts } = model;
  return {
    ...model,
    dtype,
    precision: cast(model.precision),
    ...(experts && { experts: { ...experts, precision: cast(experts.precision) } }),
  };
}
