// `mtop rollout`: what it takes, and nothing slow to load.

import { Argument, type Command, Option } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";
import { addWorldOptions } from "./world_options.ts";

const EXAMPLES = `
Examples:
  mtop rollout list -A --log run.jsonl                 all rollouts of a run, by its end
  mtop rollout status llama-3-70b --log run.jsonl      in a word and why, as Argo says it
  mtop rollout get llama-3-70b --log run.jsonl --at 14m40s
  mtop rollout history llama-3-70b --log run.jsonl     revisions, and what each is for
  mtop rollout status gpt2                             without a rollout: its Deployment, as kubectl
`;

const EXIT_CODES = `
Exit codes:
  0    what was asked for was printed; of status: it is not Degraded
  1    status: the rollout is Degraded, or later than its progress deadline; or there is none
`;

/** Adds `rollout`, which only looks. */
export function addRolloutCommand(program: Command, context: CliContext): void {
  const command = program.command("rollout")
    .addArgument(
      new Argument("<view>", "what to show").choices(
        ["list", "status", "get", "history"] as const,
      ),
    )
    .argument("[name]", "whose rollout: a service; of list all")
    .description("show rollouts as Argo's plugin and kubectl do; changes nothing")
    .option("-n, --namespace <name>", "look in this namespace")
    .option("-A, --all-namespaces", "list those of all namespaces")
    .addOption(
      new Option("-o, --output <format>", "what to print")
        .choices(["text", "json"] as const).default("text" as const),
    );
  addWorldOptions(command).addHelpText("after", EXAMPLES + EXIT_CODES)
    .action(async (view, name, options) => {
      const { rollout } = await import("./rollout.ts");
      context.finish(await rollout(view, name, options, context));
    });
}
