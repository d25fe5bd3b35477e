// The kinds of faults of what is in front of the pods and above them: gateway, endpoint pickers, metrics.

import { apiserverLatency } from "./apiserver_latency.ts";
import { eppCrash } from "./epp_crash.ts";
import { staleMetrics } from "./epp_stale_metrics.ts";
import { gatewayErrors } from "./gateway_errors.ts";
import { gatewayLag } from "./gateway_lag.ts";
import { hpaMetricLag } from "./hpa_metric_lag.ts";

export const ROUTER_FAULTS = [
  eppCrash,
  staleMetrics,
  gatewayErrors,
  gatewayLag,
  hpaMetricLag,
  apiserverLatency,
] as const;

export const ROUTER_FAULT_SCHEMAS = [
  eppCrash.schema,
  staleMetrics.schema,
  gatewayErrors.schema,
  gatewayLag.schema,
  hpaMetricLag.schema,
  apiserverLatency.schema,
] as const;
