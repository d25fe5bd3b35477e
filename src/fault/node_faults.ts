// The faults of nodes.

import { nodeDrain } from "./node_drain.ts";
import { nodeLoss } from "./node_loss.ts";
import { nodeNotReady } from "./node_not_ready.ts";
import { nodePressure } from "./node_pressure.ts";
import { spotReclaim } from "./spot_reclaim.ts";
import { zoneLoss } from "./zone_loss.ts";

export const NODE_FAULTS = [
  nodeLoss,
  nodeDrain,
  nodeNotReady,
  nodePressure,
  spotReclaim,
  zoneLoss,
] as const;

export const NODE_FAULT_SCHEMAS = [
  nodeLoss.schema,
  nodeDrain.schema,
  nodeNotReady.schema,
  nodePressure.schema,
  spotReclaim.schema,
  zoneLoss.schema,
] as const;
