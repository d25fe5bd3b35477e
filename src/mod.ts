// What a scenario imports as "mtop": the words to write it with, and `main` to run it. No effect.

export {
  after,
  analysis,
  analyze,
  atStep,
  canary,
  constant,
  expect,
  fixed,
  gpuXid,
  lognormal,
  metric,
  nodeLoss,
  nodes,
  pause,
  pods,
  poisson,
  setCanaryScale,
  setWeight,
  trace,
  uniform,
  whenever,
} from "./scenario/builders.ts";
export type * from "./scenario/builders.ts";
export { scenario } from "./scenario/scenario.ts";
export type { Scenario } from "./scenario/schema.ts";
export { main } from "./cli/scenario_main.ts";
