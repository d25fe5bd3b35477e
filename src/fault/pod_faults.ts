// The kinds of faults of pods and of what runs in them.

import { containerKill } from "./container_kill.ts";
import { configError } from "./pod_config_error.ts";
import { crashLoop } from "./pod_crash_loop.ts";
import { podKill } from "./pod_kill.ts";
import { loraLoadFailure } from "./pod_lora_load_failure.ts";
import { podOom } from "./pod_oom.ts";
import { readinessFailing } from "./pod_readiness.ts";
import { slowStart } from "./pod_slow_start.ts";
import { stall } from "./pod_stall.ts";
import { quota } from "./quota.ts";
import { failingRevision } from "./revision_failing.ts";
import { slowingRevision } from "./revision_slowing.ts";

export const POD_FAULTS = [
  podKill,
  containerKill,
  podOom,
  crashLoop,
  stall,
  readinessFailing,
  slowStart,
  configError,
  loraLoadFailure,
  failingRevision,
  slowingRevision,
  quota,
] as const;

export const POD_FAULT_SCHEMAS = [
  podKill.schema,
  containerKill.schema,
  podOom.schema,
  crashLoop.schema,
  stall.schema,
  readinessFailing.schema,
  slowStart.schema,
  configError.schema,
  loraLoadFailure.schema,
  failingRevision.schema,
  slowingRevision.schema,
  quota.schema,
] as const;
