// The commands that read objects: `get`, `list`, `describe`, `events`, `api-resources`. Only declared here.

import type { Command } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";
import { addWorldOptions } from "./world_options.ts";

const GET_EXAMPLES = `
Examples:
  mtop get llmisvc                        services of the namespace "default"
  mtop get gpt2 -o yaml                   one service, whole
  mtop get pods -l app.kubernetes.io/name=gpt2 -o wide
  mtop get nodes,deployments -A
  mtop get pods --log run.jsonl --at 12m30s
  mtop get gpt2 -o jsonpath={.status.url}

Exit codes:
  0    what was asked for was printed; nothing found without a name is no error
  1    an object that was named is not there, or another failure
`;

const LIST_EXAMPLES = `
Examples:
  mtop list                               services of all namespaces
  mtop list -n search -o wide             of one namespace, with more columns
  mtop list -o json | jq '.items[].metadata.name'
  mtop list --log run.jsonl --at 12m30s   as they were at an instant of a run
`;

const DESCRIBE_EXAMPLES = `
Examples:
  mtop describe gpt2                      a service: conditions, pods, what was told about it
  mtop describe node/gpu-h100-1           what runs on a node, and what is free
  mtop describe pods -l app.kubernetes.io/name=gpt2
`;

const EVENTS_EXAMPLES = `
Examples:
  mtop events                             of the namespace "default", the latest last
  mtop events -A --types Warning          what went wrong anywhere
  mtop events --for llmisvc/gpt2          about one object
  mtop events -A --log run.jsonl --at 12m30s
`;

/** The namespace of the settings, where none is named; to kubectl `-n ''` names none. */
function inNamespace<O extends { namespace?: string }>(options: O, { settings }: CliContext) {
  return { ...options, namespace: options.namespace || settings().namespace };
}

/** Adds the five to the program. */
export function addGetCommands(program: Command, context: CliContext): void {
  addGet(program, context);
  addList(program, context);
  addDescribe(program, context);
  addEvents(program, context);
  program.command("api-resources").description("list the types that get and describe know")
    .action(async () => {
      const { apiResources } = await import("./api_resources.ts");
      apiResources(context.console);
    });
}

function addGet(program: Command, context: CliContext): void {
  const command = program.command("get")
    .argument("[type-or-name...]", "TYPE, TYPE NAME…, TYPE/NAME… or the NAME of a service")
    .description("show one or many objects in kubectl's forms");
  const withTable = addTableOptions(addScopeOptions(command))
    .option("--show-kind", "names as TYPE/NAME")
    .option("--ignore-not-found", "no error where an object is missing");
  addRunFileOptions(withTable)
    .addHelpText("after", GET_EXAMPLES)
    .action(async (words, options) => {
      const { get } = await import("./get.ts");
      await get(words, inNamespace(options, context), context);
    });
}

function addList(program: Command, context: CliContext): void {
  const command = program.command("list").description("show the services of all namespaces");
  addRunFileOptions(addTableOptions(addScopeOptions(command)))
    .addHelpText("after", LIST_EXAMPLES)
    .action(async (options) => {
      const { list } = await import("./get.ts");
      await list(options.namespace === "" ? inNamespace(options, context) : options, context);
    });
}

function addDescribe(program: Command, context: CliContext): void {
  const command = program.command("describe")
    .argument("[type-or-name...]", "TYPE, TYPE NAME…, TYPE/NAME… or the NAME of a service")
    .description("show objects in full, and the events about them")
    .optionsGroup("Output:")
    .option("--show-events <bool>", "whether to show events", (text) => text !== "false", true);
  addRunFileOptions(addScopeOptions(command))
    .addHelpText("after", DESCRIBE_EXAMPLES)
    .action(async (words, options) => {
      const { describe } = await import("./describe.ts");
      await describe(words, inNamespace(options, context), context);
    });
}

function addEvents(program: Command, context: CliContext): void {
  const command = program.command("events")
    .description("show what the cluster's controllers told")
    .optionsGroup("Which objects:")
    .option("-n, --namespace <name>", "namespace to look at")
    .option("-A, --all-namespaces", "of all namespaces")
    .option("--for <type/name>", "only those about this object")
    .option("--types <types>", "only these: Normal, Warning", words)
    .optionsGroup("Output:")
    .option("-o, --output <format>", "json, yaml, name or jsonpath={…}")
    .option("--no-headers", "without the first line")
    .option("-w, --watch", "print what there is: a mock cluster does not move");
  addRunFileOptions(command).addHelpText("after", EVENTS_EXAMPLES).action(async (options) => {
    const { events } = await import("./events.ts");
    await events(inNamespace(options, context), context);
  });
}

function addScopeOptions<A extends unknown[], O extends Record<string, unknown>>(
  command: Command<A, O>,
) {
  return command
    .optionsGroup("Which objects:")
    .option("-n, --namespace <name>", "namespace to look at")
    .option("-A, --all-namespaces", "in all namespaces")
    .option("-l, --selector <labels>", "only with these labels: a=b,c!=d,e in (f,g),h,!i")
    .option("--field-selector <fields>", "only with these fields: status.phase=Running");
}

function addTableOptions<A extends unknown[], O extends Record<string, unknown>>(
  command: Command<A, O>,
) {
  return command
    .optionsGroup("Output:")
    .option(
      "-o, --output <format>",
      "wide, json, yaml, name, jsonpath={…} or custom-columns=HEAD:.path,…",
    )
    .option("--no-headers", "without the first line")
    .option("--sort-by <field>", "in the order of a field: .metadata.creationTimestamp")
    .option("--show-labels", "labels in a last column")
    .option("-L, --label-columns <labels>", "a column for each of these labels", moreWords)
    .option("-w, --watch", "print what there is: a mock cluster does not move");
}

/** What a command looks at, under a head of its own. */
function addRunFileOptions<A extends unknown[], O extends Record<string, unknown>>(
  command: Command<A, O>,
) {
  return addWorldOptions(command.optionsGroup("Recorded runs:"));
}

function words(text: string): string[] {
  return text.split(",").filter((word) => word !== "");
}

function moreWords(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), ...words(text)];
}
