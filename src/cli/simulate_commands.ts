// `simulate` and `topologies`: what they take. Only declared here.

import { type Command, Option } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";
import { addRunOptions } from "./run_options.ts";

const EXAMPLES = `
Strategies:
  canary      a second member of the route group takes weight step by step; errors abort it
  blue-green  a second member takes all traffic at once; errors switch back
  rolling     the service's pods are replaced in place; errors undo it
  shadow      a second member gets copies of a quarter of the requests, and goes

Examples:
  mtop simulate canary                       a canary of llama-3-70b
  mtop simulate canary gpt2 --image vllm/vllm-openai:v0.16.0
  mtop simulate canary --topology enterprise
  mtop simulate blue-green --topology enterprise   another strategy than it describes
  mtop simulate canary --plan                what would run
`;

const TOPOLOGIES_EXAMPLES = `
Examples:
  mtop topologies
  mtop simulate canary --topology edge
`;

const EXIT_CODES = `
Exit codes:
  0    every expectation held    104  it cannot be simulated
  1    usage or another failure  105  interrupted
  99   an expectation failed
`;

/** Adds the two, and hidden `list-topologies`. */
export function addSimulateCommands(program: Command, context: CliContext): void {
  addRunOptions(
    program.command("simulate")
      .argument("<strategy>", "how to roll out: canary, blue-green, rolling, shadow")
      .argument("[service]", "a service of the mock cluster (default: llama-3-70b)")
      .option("--topology <name>", "on this cluster, with its services, load and rollout plan")
      .option("--image <image>", "what to roll out (default: the service's image, -next)")
      .option("-n, --namespace <name>", "namespace of the service (default: default)"),
  )
    .description("rehearse a rollout on a simulated cluster")
    .addHelpText("after", EXAMPLES + EXIT_CODES)
    .action(async (strategy, service, options) => {
      const { simulate } = await import("./simulate.ts");
      context.finish(await simulate(strategy, service, options, context));
    });
  for (const [name, hidden] of [["topologies", false], ["list-topologies", true]] as const) {
    program.command(name, { hidden })
      .description("list the clusters that simulate knows")
      .addOption(
        new Option("-o, --output <format>", "what to print")
          .choices(["text", "json"] as const).default("text" as const),
      )
      .addHelpText("after", TOPOLOGIES_EXAMPLES)
      .action(async ({ output }) => {
        const { topologies } = await import("./simulate.ts");
        topologies(output, context);
      });
  }
}
