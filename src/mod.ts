// What a scenario imports as "mtop": the words to write it with, and `main` to run it. No effect.

export {
  after,
  atStep,
  change,
  expect,
  gpuXid,
  metric,
  nodeLoss,
  nodes,
  pods,
  whenever,
} from "./scenario/builders.ts";
export type * from "./scenario/builders.ts";
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
export {
  analysis,
  analyze,
  canary,
  pause,
  rolling,
  setCanaryScale,
  setWeight,
} from "./scenario/rollout_builders.ts";
export type * from "./scenario/rollout_builders.ts";
export { scenario } from "./scenario/scenario.ts";
export type * from "./scenario/scenario_options.ts";
export type { Scenario } from "./scenario/schema.ts";
export { main } from "./cli/scenario_main.ts";
