// The faults of GPUs.

import { ecc } from "./ecc.ts";
import { gpuThrottled } from "./gpu_throttled.ts";
import { gpuXid } from "./gpu_xid.ts";
import { nvlinkDown } from "./nvlink_down.ts";

export const GPU_FAULTS = [gpuXid, ecc, nvlinkDown, gpuThrottled] as const;

export const GPU_FAULT_SCHEMAS = [
  gpuXid.schema,
  ecc.schema,
  nvlinkDown.schema,
  gpuThrottled.schema,
] as const;
