// The kinds of faults of pods and of what runs in them.

import { containerKill } from "./container_kill.ts";
import { podKill } from "./pod_kill.ts";
import { podOom } from "./pod_oom.ts";
import { readinessFailing } from "./pod_readiness.ts";
import { stall } from "./pod_stall.ts";

export const POD_FAULTS = [podKill, containerKill, podOom, stall, readinessFailing] as const;

export const POD_FAULT_SCHEMAS = [
  podKill.schema,
  containerKill.schema,
  podOom.schema,
  stall.schema,
  readinessFailing.schema,
] as const;
