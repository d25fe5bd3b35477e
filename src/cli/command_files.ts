// The files of commands, in the order of help: each is loaded for its own commands, or all for help.

import type { Command } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";

export interface CommandFile {
  /** The heading in help under which its commands stand. */
  readonly group: "Look:" | "Change:" | "Rehearse:" | "About mtop:";
  /** Its commands: for one of them no other file is loaded. */
  readonly names: readonly string[];
  load(): Promise<(program: Command, context: CliContext) => void>;
}

export const COMMAND_FILES: readonly CommandFile[] = [
  {
    group: "Look:",
    names: ["top", "ldtop", "watch", "slo-dashboard"],
    load: async () => (await import("./top_commands.ts")).addTopCommands,
  },
  {
    group: "Look:",
    names: ["api-resources", "get", "list", "describe", "events"],
    load: async () => (await import("./get_commands.ts")).addGetCommands,
  },
  {
    group: "Look:",
    names: ["check", "health", "doctor"],
    load: async () => (await import("./check_commands.ts")).addCheckCommands,
  },
  {
    group: "Look:",
    names: ["rollout"],
    load: async () => (await import("./rollout_commands.ts")).addRolloutCommand,
  },
  {
    group: "Look:",
    names: ["logs"],
    load: async () => (await import("./logs_commands.ts")).addLogsCommands,
  },
  {
    group: "Look:",
    names: ["config"],
    load: async () => (await import("./config_commands.ts")).addConfigCommands,
  },
  {
    group: "Change:",
    names: ["create", "apply", "delete"],
    load: async () => (await import("./write_commands.ts")).addWriteCommands,
  },
  {
    group: "Rehearse:",
    names: ["simulate", "topologies", "list-topologies"],
    load: async () => (await import("./simulate_commands.ts")).addSimulateCommands,
  },
  {
    group: "Rehearse:",
    names: ["run", "replay", "verify"],
    load: async () => (await import("./run_commands.ts")).addRunCommands,
  },
  {
    group: "Rehearse:",
    names: ["diff"],
    load: async () => (await import("./diff_commands.ts")).addDiffCommand,
  },
  {
    group: "Rehearse:",
    names: ["report"],
    load: async () => (await import("./report_commands.ts")).addReportCommand,
  },
  {
    group: "Rehearse:",
    names: ["compare"],
    load: async () => (await import("./compare_commands.ts")).addCompareCommand,
  },
  {
    group: "Rehearse:",
    names: ["sweep"],
    load: async () => (await import("./sweep_commands.ts")).addSweepCommand,
  },
  {
    group: "Rehearse:",
    names: ["size"],
    load: async () => (await import("./size_commands.ts")).addSizeCommand,
  },
  {
    group: "Rehearse:",
    names: ["words"],
    load: async () => (await import("./words_commands.ts")).addWordsCommand,
  },
  {
    group: "Rehearse:",
    names: ["calibrate"],
    load: async () => (await import("./calibrate_commands.ts")).addCalibrateCommands,
  },
  {
    group: "About mtop:",
    names: ["settings"],
    load: async () => (await import("./settings_commands.ts")).addSettingsCommands,
  },
  {
    group: "About mtop:",
    names: ["completion"],
    load: async () => (await import("./completion_commands.ts")).addCompletionCommands,
  },
  {
    group: "About mtop:",
    names: ["version"],
    load: async () => (await import("./version_command.ts")).addVersionCommand,
  },
  {
    // It explains all the others.
    group: "About mtop:",
    names: [],
    load: async () => (await import("./help_command.ts")).addHelpCommand,
  },
];

/** Adds the file that has the command, or all of them where none has. */
export async function addCommands(
  program: Command,
  context: CliContext,
  name?: string,
): Promise<void> {
  const own = COMMAND_FILES.filter(({ names }) => name !== undefined && names.includes(name));
  const files = own.length > 0 ? own : COMMAND_FILES;
  const added = await Promise.all(files.map((file) => file.load()));
  for (const [index, add] of added.entries()) {
    program.commandsGroup(files[index]!.group);
    add(program, context);
  }
}
