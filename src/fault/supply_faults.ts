// The kinds of faults of what pods are made from: images, models, volumes.

import { badImage } from "./bad_image.ts";
import { hubThrottled } from "./hub_throttled.ts";
import { pullThrottled } from "./pull_throttled.ts";
import { registryDown } from "./registry_down.ts";
import { slowVolume } from "./slow_volume.ts";

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
