// What a measured run was served by, as the engine is built: its plan, its limits, its GPU.

import { engineLimits, type ServingPlan } from "../fleet/engine_limits.ts";
import { quantised } from "../serving/catalogue/shape.ts";
import { findGpu, type GpuFacts } from "../serving/gpus.ts";
import type { EngineLimits } from "../serving/limits.ts";
import { findModel } from "../serving/models.ts";
import type { MeasuredServer } from "./measured_run.ts";

export interface Served {
  readonly plan: ServingPlan;
  readonly gpu: GpuFacts;
  readonly limits: EngineLimits;
}

/** Throws for a model or a GPU that the catalogues do not have, and for a server that cannot start. */
export function servedBy(server: MeasuredServer): Served {
  const gpu = findGpu(server.gpu);
  if (!gpu) {
    throw new Error(`Cannot serve on "${server.gpu}": it is not among the GPUs that are known`);
  }
  const plan = servingPlan(server);
  const limits = engineLimits(plan, gpu);
  if ("cannotStart" in limits) {
    throw new Error(`Cannot serve ${server.model}: ${limits.cannotStart}`);
  }
  const { kvBlocks } = server;
  const asyncScheduling = isAsync(server);
  return {
    plan,
    gpu,
    limits: { ...limits, asyncScheduling, ...(kvBlocks === undefined ? {} : { kvBlocks }) },
  };
}

function servingPlan(server: MeasuredServer): ServingPlan {
  const published = findModel([server.model]);
  if (!published) {
    throw new Error(`Cannot serve "${server.model}": it is not among the models that are known`);
  }
  const { tensorParallel, pipelineParallel = 1, dataParallel = 1, expertParallel } = server;
  const { kvDtype, maxNumSeqs, maxNumBatchedTokens, prefixCaching } = server;
  return {
    model: server.quantization === "fp8"
      ? quantised(published, "fp8", published.repositories)
      : published,
    gpusPerPod: tensorParallel * pipelineParallel * dataParallel,
    tensorParallel,
    pipelineParallel,
    dataParallel,
    gpuMemoryUtilization: server.gpuMemoryUtilization ?? 0.9,
    maxModelLen: server.maxModelLen ?? published.maxPositions,
    ...(expertParallel === undefined ? {} : { expertParallel }),
    ...(kvDtype === undefined ? {} : { kvDtype }),
    ...(maxNumSeqs === undefined ? {} : { maxNumSeqs }),
    ...(maxNumBatchedTokens === undefined ? {} : { maxNumBatchedTokens }),
    ...(prefixCaching === undefined ? {} : { prefixCaching }),
  };
}

/** Of a run that does not tell: vLLM schedules ahead by default since 0.14. */
function isAsync({ asyncScheduling, vllm }: MeasuredServer): boolean {
  if (asyncScheduling !== undefined) return asyncScheduling;
  const minor = /^v?0\.(\d+)/.exec(vllm ?? "")?.[1];
  return minor === undefined || Number(minor) >= 14;
}
