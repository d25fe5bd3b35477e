// `mtop top` and the original's names for it: what they take. Knows nothing of how they are shown.

import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseDuration } from "../sim/duration.ts";
import type { CliContext } from "./context.ts";
import type { TopOptions } from "./top.ts";
import { instant } from "./world_options.ts";

const EXAMPLES = `
Keys on a terminal:
  q quit   space pause   . one second on   < > sort column   I reverse   + - speed   ? help
  p promote   P promote in full   a abort   b retry   H hold, resume   u undo   tab next
  F begin a fault of the scenario now

Figures:
  KV%, RUN and WAIT are of now, and - from 2 s after the last request on; rates, percentiles and
  shares are of the last minute.

Examples:
  mtop top                                              the mock fleet under its baseline load
  mtop top -n chat --sort-by ttftp95                    one namespace, the slowest first
  mtop top --scenario scenarios/canary-failure.ts --speed 60x
  mtop top -o json | jq '.services[] | {name, ttftP95Ms}'
`;

const WITH_LIMITS = [
  "NAMESPACE",
  "NAME",
  "STATE",
  "TTFTp95",
  "TTFTslo",
  "ITLp95",
  "ITLslo",
  "E2Ep95",
  "E2Eslo",
];
/** What an objective is judged by: the figures beside their limits, then what came of it. */
const SLO_COLUMNS = [...WITH_LIMITS, "GOODPUT%", "BURN", "ERR%"];

/** Adds `top`, and hidden `ldtop`, `watch` and `slo-dashboard`. */
export function addTopCommands(program: Command, context: CliContext): void {
  addTopOptions(program.command("top").argument("[name...]", "services to show (default: all)"))
    .description("show the services of the fleet, live on a terminal")
    .addHelpText("after", EXAMPLES)
    .action((names, options) => start(names, options, context));
  for (const name of ["ldtop", "watch"]) {
    addTopOptions(program.command(name, { hidden: true }).argument("[name...]", "services to show"))
      .description("the same as top")
      .action((names, options) => start(names, options, context));
  }
  addTopOptions(
    program.command("slo-dashboard", { hidden: true }).argument("[name...]", "services to show"),
  )
    .description("top with the columns about objectives")
    .action((names, options) => start(names, { columns: SLO_COLUMNS, ...options }, context));
}

async function start(
  names: readonly string[],
  options: TopOptions,
  context: CliContext,
): Promise<void> {
  const [{ top }, { openPresent }] = await Promise.all([
    import("./top.ts"),
    import("./present.ts"),
  ]);
  context.finish(await top(names, options, context, openPresent));
}

/** Commander wants a type that might have further keys: an alias, not the interface. */
type TopValues = { readonly [K in keyof TopOptions]: TopOptions[K] };

/** Options of every live table. */
function addTopOptions<A extends unknown[]>(command: Command<A>): Command<A, TopValues> {
  const taken: unknown = addLiveOptions(command)
    .addOption(
      new Option("--scenario <file>", "simulate this scenario instead of the mock fleet")
        .conflicts("log"),
    )
    .option("--log <file>", "look at a recorded run instead of the mock fleet")
    .option("--at <time>", "begin at this virtual time of the scenario or the log", instant)
    .addOption(
      new Option("-o, --output <format>", "one document, or a line at every refresh")
        .choices(["json", "ndjson"] as const),
    )
    .option("--once", "print one table and end");
  return taken as Command<A, TopValues>;
}

/** What `addLiveOptions` reads; times in µs, the speed in virtual seconds a second. */
export interface LiveOptions {
  readonly namespace?: string;
  readonly selector?: string;
  readonly sortBy?: string;
  readonly columns?: readonly string[];
  readonly speed: number;
  readonly interval?: number;
}

/**
 * Options of whatever can be shown live: `replay --watch` takes them too. Their types are said, not
 * inferred: behind a generic command the compiler took a minute and a half for them.
 */
export function addLiveOptions<A extends unknown[], O extends Record<string, unknown>>(
  command: Command<A, O>,
): Command<A, O & LiveOptions> {
  (command as unknown as Command)
    .option("-n, --namespace <name>", "services of this namespace (default: of all)")
    .option("-l, --selector <labels>", "services with these labels, as app=chat,tier!=free")
    .option("--sort-by <column>", "sort by a column, as ttftp95, name or err%:asc")
    .addOption(
      new Option("--columns <heads>", "these columns from the left, as NAME,RPS,TTFTp95")
        .argParser((text) => text.split(",").map((word) => word.trim())),
    )
    .addOption(
      new Option("--speed <factor>", "virtual against wall time, such as 60x or max")
        .argParser(speed).default(1, "1x"),
    )
    .option("--interval <time>", "wall time between two refreshes, as 1s or 500ms", interval);
  return command as unknown as Command<A, O & LiveOptions>;
}

function speed(text: string): number {
  const factor = /^(\d+(?:\.\d+)?)x?$/.exec(text)?.[1];
  if (text === "max") return Infinity;
  if (factor !== undefined && Number(factor) > 0) return Number(factor);
  throw new InvalidArgumentError('Write a factor such as 60x, or "max".');
}

const LEAST_INTERVAL_US = 100_000;

/** In µs. The original took seconds without a unit. */
function interval(text: string): number {
  const us = parseDuration(/^\d+(\.\d+)?$/.test(text) ? `${text}s` : text);
  if (us !== undefined && us >= LEAST_INTERVAL_US) return us;
  throw new InvalidArgumentError("Write a time from 100ms, such as 1s or 500ms.");
}
