// The command tree as completion sees it: names, options and choices. Knows no cluster.

import type { Command, Option } from "@commander-js/extra-typings";

/** What is false or empty is left out: the tree is kept in `completion_tree.json`. */
export interface OptionNode {
  /** `--output`; some have no other form than a short one. */
  readonly long?: string;
  readonly short?: string;
  readonly about: string;
  readonly value?: "optional" | "required";
  readonly choices?: readonly string[];
  readonly repeatable?: true;
  readonly hidden?: true;
}

export interface ArgumentNode {
  readonly variadic?: true;
  readonly choices?: readonly string[];
}

export interface CommandNode {
  readonly name: string;
  readonly about: string;
  readonly hidden?: true;
  readonly options: readonly OptionNode[];
  readonly arguments: readonly ArgumentNode[];
  readonly commands?: readonly CommandNode[];
}

/** Options that collect what they are given: the others are not offered twice. */
const REPEATABLE: ReadonlySet<string> = new Set([
  "--calibration",
  "--filename",
  "--hold-out",
  "--label-columns",
  "--set",
  "--vary",
]);

const HELP: OptionNode = { long: "--help", short: "-h", about: "display help for command" };

/** The tree of a program. */
export function treeOf(program: Command): CommandNode {
  // Commander has no public word for it.
  const hidden = (program as unknown as { _hidden?: boolean })._hidden === true;
  const commands = program.commands as unknown as Command[];
  return {
    name: program.name(),
    about: program.description(),
    ...(hidden ? { hidden } : {}),
    options: [...program.options.map(optionNode), HELP],
    arguments: program.registeredArguments.map(({ variadic, argChoices: choices }) => ({
      ...(variadic ? { variadic } : {}),
      ...(choices === undefined ? {} : { choices }),
    })),
    ...(commands.length === 0 ? {} : { commands: commands.map(treeOf) }),
  };
}

function optionNode(option: Option): OptionNode {
  const { long, short, description: about, required, optional, argChoices: choices } = option;
  return {
    ...(long === undefined ? {} : { long }),
    ...(short === undefined ? {} : { short }),
    about,
    ...(required || optional ? { value: required ? "required" : "optional" } : {}),
    ...(choices === undefined ? {} : { choices }),
    ...(long !== undefined && REPEATABLE.has(long) ? { repeatable: true } : {}),
    ...(option.hidden ? { hidden: true } : {}),
  };
}
