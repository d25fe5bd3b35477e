// The kinds of faults of the network between gateway and pods.

import { networkBandwidth } from "./network_bandwidth.ts";
import { networkDelay } from "./network_delay.ts";
import { networkLoss } from "./network_loss.ts";
import { networkPartition } from "./network_partition.ts";

export const NETWORK_FAULTS = [
  networkDelay,
  networkLoss,
  networkPartition,
  networkBandwidth,
] as const;

export const NETWORK_FAULT_SCHEMAS = [
  networkDelay.schema,
  networkLoss.schema,
  networkPartition.schema,
  networkBandwidth.schema,
] as const;
