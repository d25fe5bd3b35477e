// `mtop check` and its hidden kin `health` and `doctor`: what they take, and nothing slow to load.

import { type Command, Option } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";
import { addWorldOptions } from "./world_options.ts";

const EXAMPLES = `
Examples:
  mtop check                        all services: what blocks them, or what is wrong although Ready
  mtop check gpt2                   one service: conditions, causes, what to do
  mtop check llama-3-70b -n team-a --log run.jsonl --at 12m30s
`;

const EXIT_CODES = `
Exit codes:
  0    all that was asked about is Ready (a fleet's stopped services do not count), also
       where it has errors, misses objectives or has a rollout that stands still
  1    something is not, or there is no such service
`;

/** Adds `check`, and hidden `health` (which is `check` of the fleet) and `doctor`. */
export function addCheckCommands(program: Command, context: CliContext): void {
  addCheckOptions(
    program.command("check").argument("[name]", "a service; without one the whole fleet")
      .description("say whether services are Ready, what really blocks them and what to do"),
  ).addHelpText("after", EXAMPLES + EXIT_CODES).action(async (name, options) => {
    const { check } = await import("./check.ts");
    context.finish(await check(name, options, context));
  });

  addCheckOptions(
    program.command("health", { hidden: true })
      .description("check all services (the same as check without a name)"),
  ).action(async (options) => {
    const { check } = await import("./check.ts");
    context.finish(await check(undefined, options, context));
  });

  program.command("doctor", { hidden: true })
    .description("check what mtop itself needs")
    .action(async () => {
      const { doctor, processDoctor } = await import("./doctor.ts");
      context.finish(await doctor(processDoctor(context), context));
    });
}

function addCheckOptions<A extends unknown[]>(command: Command<A>) {
  return addWorldOptions(
    command.option("-n, --namespace <name>", "look in this namespace (of a fleet: in this only)")
      .addOption(
        new Option("-o, --output <format>", "what to print")
          .choices(["text", "json"] as const).default("text" as const),
      ),
  );
}
