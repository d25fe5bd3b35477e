// The options of a run, the same for `mtop run` and for a scenario file run on its own.

import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { Setting } from "../scenario/setting.ts";
import { setting } from "./set_option.ts";

export interface RunOptions {
  readonly seed?: number;
  readonly seeds?: number;
  /** Most runs at a time; without it as many as there are cores. */
  readonly jobs?: number;
  readonly bail?: true;
  /** A folder for the logs of failed runs. */
  readonly keepFailed?: string;
  readonly junit?: string;
  /** Absent: under GitHub's runner. */
  readonly annotations?: boolean;
  /** Virtual seconds a second; Infinity is as fast as it goes. */
  readonly speed: number;
  readonly record?: string;
  /** Files of `mtop calibrate`. */
  readonly calibration?: readonly string[];
  /** Changes of the scenario before it is planned. */
  readonly set?: readonly Setting[];
  /** Rows of single requests in the log. */
  readonly recordRequests?: true;
  readonly output: "text" | "json" | "ndjson";
  readonly quiet?: true;
  readonly plan?: true;
}

/** Commander's parser of a count. */
export function wholeNumber(minimum: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= minimum) return value;
    throw new InvalidArgumentError(`Write a whole number from ${minimum}.`);
  };
}

function speed(text: string): number {
  const factor = /^(\d+(?:\.\d+)?)x$/.exec(text)?.[1];
  if (text === "max") return Infinity;
  if (factor !== undefined && Number(factor) > 0) return Number(factor);
  throw new InvalidArgumentError('Write a factor such as 60x, or "max".');
}

/** Adds the options to a command. */
export function addRunOptions<A extends unknown[]>(command: Command<A>) {
  return command
    .option(
      "--seed <n>",
      "the seed of all that is random (default: the scenario's)",
      wholeNumber(0),
    )
    .addOption(
      new Option("--seeds <n>", "run with the seeds 1 to n, a line each")
        .argParser(wholeNumber(1)).conflicts([
          "seed",
          "record",
          "recordRequests",
          "plan",
        ]),
    )
    .addOption(
      new Option("--jobs <n>", "simulate so many runs at a time (default: one a core)")
        .argParser(wholeNumber(1)),
    )
    .option("--bail", "stop at the first run that fails")
    .option("--keep-failed <dir>", "record the runs that fail into this folder, a log each")
    .option("--junit <file>", "write what was expected and found as JUnit's XML")
    .option("--annotations", "tell failures as GitHub's annotations (default: in its jobs)")
    .option("--no-annotations", "do not")
    .addOption(
      new Option("--speed <factor>", "virtual against wall time, such as 60x")
        .argParser(speed).default(Infinity, "max"),
    )
    .option(
      "--set <path=value>",
      "change the scenario: load[0].rps=30, load.chat.rps=30, faults=[] (may be given several times)",
      setting,
    )
    .option(
      "--calibration <file>",
      "coefficients that mtop calibrate saved (may be given several times)",
      (path: string, paths: readonly string[] | undefined) => [...paths ?? [], path],
    )
    .option("--record <file>", "write the log to a file, compressed when it ends in .zst")
    .option("--record-requests", "with a row for each request in the log")
    .addOption(
      new Option("-o, --output <format>", "what to print")
        .choices(["text", "json", "ndjson"] as const).default("text" as const),
    )
    .option("-q, --quiet", "print nothing but errors")
    .option("--plan", "print what would run, and do not run it");
}
