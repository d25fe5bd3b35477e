// `mtop create`, `apply` and `delete` as users type them; what they do is loaded when they are.

import { type Command, Option } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";
import { CliError } from "./exit.ts";

const DRY_RUNS = ["none", "server", "client"] as const;

/** What of a command the two that write from files have in common. */
function addWriteOptions<A extends unknown[]>(command: Command<A>) {
  return command
    .addOption(filenameOption())
    .option("-R, --recursive", "read folders in folders too")
    .option("-n, --namespace <name>", "for objects that name none")
    .addOption(dryRunOption())
    .addOption(
      new Option("-o, --output <format>", "print the objects instead of a line each")
        .choices(["json", "name", "yaml"] as const),
    )
    .addOption(
      new Option("--validate [how]", 'unknown fields: "strict" refuses, "warn", "ignore"')
        .preset("strict").argParser(fieldValidation),
    );
}

/** Adds `create`, `apply` and `delete`. */
export function addWriteCommands(program: Command, context: CliContext): void {
  addWriteOptions(
    program.command("create").argument("[file...]", "the same as -f")
      .description("add services, configs and nodes to the mock cluster"),
  ).addHelpText("after", CREATE_EXAMPLES).action(async (files, options) => {
    const { create } = await import("./write.ts");
    const filename = [...options.filename ?? [], ...files];
    context.finish(await create({ ...options, filename }, context));
  });

  addWriteOptions(
    program.command("apply")
      .description("add services, configs and nodes, or change those there are"),
  ).addHelpText("after", APPLY_EXAMPLES).action(async (options) => {
    const { apply } = await import("./write.ts");
    context.finish(await apply(options, context));
  });

  program.command("delete").argument("[what...]", "TYPE NAME…, TYPE/NAME…, or names of services")
    .description("take services, configs and nodes from the mock cluster")
    .addOption(filenameOption())
    .option("-R, --recursive", "read folders in folders too")
    .option("-n, --namespace <name>", "where the objects are")
    .option("--all", "all objects of the type in the namespace")
    .option("-A, --all-namespaces", "with --all, those of all namespaces")
    .option("--ignore-not-found", "do not fail when there is no such object")
    .option("--wait [bool]", "for kubectl's sake: mtop deletes at once")
    .addOption(dryRunOption())
    .addOption(
      new Option("-o, --output <format>", "print names only").choices(["name"] as const),
    )
    .addHelpText("after", DELETE_EXAMPLES)
    .action(async (words, options) => {
      const { deleteObjects } = await import("./delete.ts");
      context.finish(await deleteObjects(words, options, context));
    });
}

function filenameOption() {
  return new Option(
    "-f, --filename <path>",
    "a file, a folder, or - for standard input; repeatable",
  )
    .argParser((path: string, before: readonly string[] | undefined) => [...before ?? [], path]);
}

function dryRunOption() {
  return new Option("--dry-run [mode]", 'say only what would be done: "client" or "server"')
    .preset("client").argParser(dryRun);
}

function dryRun(text: string) {
  const mode = DRY_RUNS.find((known) => known === text);
  if (mode !== undefined) return mode;
  throw new CliError(
    `Invalid dry-run value (${text}). Must be "none", "server", or "client".`,
  );
}

const FIELD_VALIDATIONS = new Map(
  [
    ["strict", "strict"],
    ["true", "strict"],
    ["warn", "warn"],
    ["ignore", "ignore"],
    ["false", "ignore"],
  ] as const,
);

function fieldValidation(text: string) {
  const how = FIELD_VALIDATIONS.get(text as "strict");
  if (how !== undefined) return how;
  throw new CliError(
    `invalid - validate option ${JSON.stringify(text)}; must be one of: strict (or true), warn, ` +
      "ignore (or false)",
  );
}

const CREATE_EXAMPLES = `
Examples:
  mtop create -f service.yaml             add what is in a file
  mtop create -f service.yaml --dry-run   only say what would be added
  cat service.yaml | mtop create -f -     from standard input

What you add, change and delete is kept in your state directory; the shipped files stay as they are.
`;

const APPLY_EXAMPLES = `
Examples:
  mtop apply -f service.yaml              add it, or change the one there is
  mtop apply -f manifests/ -R             all that is in a folder and its folders
`;

const DELETE_EXAMPLES = `
Examples:
  mtop delete llmisvc gpt2                one service
  mtop delete llmisvc/gpt2 node/a-1       by type and name
  mtop delete -f service.yaml             what is in a file
`;
