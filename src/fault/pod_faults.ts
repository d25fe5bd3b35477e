// The kinds of faults of pods and of what runs in them.

import { configError } from "./config_error.ts";
import { containerKill } from "./container_kill.ts";
import { crashLoop } from "./crash_loop.ts";
import { failingRevision } from "./failing_revision.ts";
import { loraLoadFailure } from "./lora_load_failure.ts";
import { podKill } from "./pod_kill.ts";
import { podOom } from "./pod_oom.ts";
import { quota } from "./quota.ts";
import { readinessFailing } from "./readiness_failing.ts";
import { slowStart } from "./slow_start.ts";
import { slowingRevision } from "./slowing_revision.ts";
import { stall } from "./stall.ts";

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
