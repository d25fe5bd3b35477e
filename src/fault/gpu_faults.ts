// The faults of GPUs.

import { gpuThrottled } from "./gpu_throttled.ts";
import { gpuXid } from "./gpu_xid.ts";
import { nvlinkDown } from "./nvlink_down.ts";

export const GPU_FAULTS = [gpuXid, nvlinkDown, gpuThrottled] as const;

export const GPU_FAULT_SCHEMAS = [gpuXid.schema, nvlinkDown.schema, gpuThrottled.schema] as const;
