// The kinds of faults of what pods are made from: images, models, volumes.

import { hubThrottled } from "./hub_throttled.ts";
import { badImage } from "./image_bad.ts";
import { pullThrottled } from "./image_pull_throttled.ts";
import { registryDown } from "./registry_down.ts";
import { slowVolume } from "./volume_slow.ts";

export const SUPPLY_FAULTS = [
  badImage,
  pullThrottled,
  registryDown,
  hubThrottled,
  slowVolume,
] as const;

export const SUPPLY_FAULT_SCHEMAS = [
  badImage.schema,
  pullThrottled.schema,
  registryDown.schema,
  hubThrottled.schema,
  slowVolume.schema,
] as const;
