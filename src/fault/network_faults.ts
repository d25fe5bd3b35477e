// The kinds of faults of the network: between gateway and pods, between prefill and decode, of names.

import { dnsFailure } from "./dns_failure.ts";
import { kvLinkDown } from "./kv_link_down.ts";
import { kvLinkSlow } from "./kv_link_slow.ts";
import { networkBandwidth } from "./network_bandwidth.ts";
import { networkDelay } from "./network_delay.ts";
import { networkLoss } from "./network_loss.ts";
import { networkPartition } from "./network_partition.ts";

export const NETWORK_FAULTS = [
  networkDelay,
  networkLoss,
  networkPartition,
  networkBandwidth,
  kvLinkSlow,
  kvLinkDown,
  dnsFailure,
] as const;

export const NETWORK_FAULT_SCHEMAS = [
  networkDelay.schema,
  networkLoss.schema,
  networkPartition.schema,
  networkBandwidth.schema,
  kvLinkSlow.schema,
  kvLinkDown.schema,
  dnsFailure.schema,
] as const;
