// What a scenario imports as "mtop": the words to write it with, and `main` to run it. No effect.

export {
  abort,
  pauseRollout,
  promote,
  promoteFull,
  resume,
  retry,
  undo,
} from "./scenario/act_builders.ts";
export type * from "./scenario/act_builders.ts";
export { after, atStep, whenever } from "./scenario/builders.ts";
export type * from "./scenario/builders.ts";
export { change } from "./scenario/change_builders.ts";
export type * from "./scenario/change_builders.ts";
export {
  defineAutoscaler,
  defineFault,
  defineLoad,
  defineMetric,
  defineScorer,
  defineStep,
} from "./scenario/define.ts";
export type * from "./scenario/define.ts";
export { expect } from "./scenario/expectation_builders.ts";
export type * from "./scenario/expectation_builders.ts";
export { nodes, pods } from "./scenario/fault_builders.ts";
export type * from "./scenario/fault_builders.ts";
export { ecc, gpuThrottled, gpuXid, nvlinkDown } from "./scenario/gpu_fault_builders.ts";
export type * from "./scenario/gpu_fault_builders.ts";
export {
  constant,
  diurnal,
  empirical,
  fixed,
  gamma,
  group,
  lognormal,
  member,
  model,
  poisson,
  sharedPrefix,
  spike,
  stages,
  trace,
  uniform,
  users,
} from "./scenario/load_builders.ts";
export type * from "./scenario/load_builders.ts";
export { burnRateChecks, metric } from "./scenario/metric_builders.ts";
export type * from "./scenario/metric_builders.ts";
export {
  dnsFailure,
  kvLinkDown,
  kvLinkSlow,
  networkBandwidth,
  networkDelay,
  networkLoss,
  networkPartition,
} from "./scenario/network_fault_builders.ts";
export type * from "./scenario/network_fault_builders.ts";
export {
  nodeDrain,
  nodeLoss,
  nodeNotReady,
  nodePressure,
  spotReclaim,
  zoneLoss,
} from "./scenario/node_fault_builders.ts";
export type * from "./scenario/node_fault_builders.ts";
export {
  configError,
  containerKill,
  crashLoop,
  failingRevision,
  loraLoadFailure,
  podKill,
  podOom,
  quota,
  readinessFailing,
  slowingRevision,
  slowStart,
  stall,
} from "./scenario/pod_fault_builders.ts";
export type * from "./scenario/pod_fault_builders.ts";
export {
  analysis,
  analyze,
  blueGreen,
  canary,
  experiment,
  pause,
  replicaProgressThreshold,
  rolling,
  setCanaryScale,
  setMirrorRoute,
  setWeight,
  shadow,
} from "./scenario/rollout_builders.ts";
export type * from "./scenario/rollout_builders.ts";
export {
  apiserverLatency,
  eppCrash,
  gatewayErrors,
  gatewayLag,
  hpaMetricLag,
  staleMetrics,
} from "./scenario/router_fault_builders.ts";
export type * from "./scenario/router_fault_builders.ts";
export { scenario } from "./scenario/scenario.ts";
export { every, randomly } from "./scenario/schedule_builders.ts";
export type * from "./scenario/schedule_builders.ts";
export type * from "./scenario/scenario_options.ts";
export type { Scenario } from "./scenario/schema.ts";
export {
  badImage,
  hubThrottled,
  pullThrottled,
  registryDown,
  slowVolume,
} from "./scenario/supply_fault_builders.ts";
export type * from "./scenario/supply_fault_builders.ts";
export { sweep } from "./scenario/sweep_builders.ts";
export type * from "./scenario/sweep_builders.ts";
export { main } from "./cli/scenario_main.ts";
