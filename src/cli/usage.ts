// Wrong usage in kubectl's words: what was not understood, what was meant, where the help is.

import type { Command, CommanderError } from "@commander-js/extra-typings";

/** The text for what commander found wrong with the arguments. */
export function usageText(
  { code, message }: CommanderError,
  args: readonly string[],
  program: Command,
): string {
  const [reason = "", ...hints] = message.replace(/^error: /, "").split("\n");
  const word = /'(.*)'/.exec(reason)?.[1] ?? "";
  const near = /\(Did you mean (?:one of )?(.*)\?\)/.exec(hints.join(" "))?.[1];
  if (code === "commander.unknownCommand") {
    const meant = near === undefined
      ? ""
      : `\nDid you mean this?\n${near.split(", ").map((name) => `\t${name}\n`).join("")}\n`;
    return `error: unknown command "${word}" for "mtop"\n${meant}`;
  }
  const command = commandOf(args, program);
  const help = `See 'mtop${command === undefined ? "" : ` ${command}`} --help' for usage.\n`;
  if (code === "commander.unknownOption") {
    const meant = near === undefined ? "" : ` (did you mean ${near}?)`;
    return `error: unknown flag: ${word.replace(/=.*/, "")}${meant}\n${help}`;
  }
  return `error: ${sentence(reason)}\n${help}`;
}

/** Commander's sentence without its capital and full stop. */
function sentence(text: string): string {
  return text.trim().replace(/\.$/, "");
}

/** The command that the arguments name, if any. */
export function commandOf(args: readonly string[], program: Command): string | undefined {
  const names = new Set(program.commands.map((command) => command.name()));
  return args.find((arg) => names.has(arg));
}
