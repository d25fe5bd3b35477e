// `run`, `replay` and `verify`: what they take. Only declared here.

import { type Command, Option } from "@commander-js/extra-typings";
import { EVENT_KINDS } from "../fleet/event_kinds.ts";
import type { Console } from "./console.ts";
import type { CliContext } from "./context.ts";
import { CliError } from "./exit.ts";
import { addRunOptions } from "./run_options.ts";
import type { Runner } from "./runner.ts";
import { stopOnSignals } from "./signals.ts";
import { addLiveOptions } from "./top_commands.ts";
import { instant } from "./world_options.ts";

const EXIT_CODES = `
Exit codes:
  0    every expectation held    104  the scenario is invalid
  1    usage or another failure  105  interrupted
  99   an expectation failed     107  the scenario threw
`;

const RUN_EXAMPLES = `
Examples:
  mtop run scenarios/canary-failure.ts                       its verdicts
  mtop run scenarios/canary-failure.ts --plan                what would run
  mtop run scenarios/canary-failure.ts --record run.jsonl    keep it, for replay and for --log
  mtop run scenarios/canary-failure.ts --record run.jsonl --record-requests    each request too
  mtop run scenarios/canary-failure.ts --seeds 20            whether it depends on chance
  mtop run scenarios/canary-failure.ts --set load.chat.rps=12    the same with half its load
  mtop run --from run.jsonl --at 12m --set load.chat.rps=30  another future of a recorded run
  mtop run scenarios/canary-failure.ts --top                 watch, promote, abort: ? tells keys
  mtop run 'scenarios/*.ts' --junit out.xml                  a line each, and a report
  mtop run 'scenarios/*.ts' --filter canary --bail           some, up to the first that fails
  mtop run scenarios/canary-failure.ts --seeds 100 --keep-failed failed    what failed, to replay
`;

/** Behind the exit codes. */
const RUN_ENDS = `${EXIT_CODES}
Of several files the exit code is the worst that matters: 105, then 107, 104, 1, 99. A file that
cannot be run does not stop the others. In a job of GitHub's Actions failures are annotations as
well, and the job's summary has a table; elsewhere --annotations prints them.
`;

const VERIFY_EXAMPLES = `
Examples:
  mtop verify run.jsonl

Exit codes:
  0    the same events again, to the byte
  1    others, or a run that cannot be verified
`;

const REPLAY_EXAMPLES = `
Examples:
  mtop replay run.jsonl                     the end of a run
  mtop replay run.jsonl --at 12m30s         an instant of it
  mtop replay run.jsonl -w --speed 60x      all of it, live: space pauses, + and - change the speed
  mtop replay run.jsonl -o ndjson --kind request    the rows that run --record-requests wrote
`;

/** Virtual seconds a second that one can follow: half an hour in half a minute. */
const TOP_SPEED = 60;

/** How a run is simulated that is to be seen; as fast as it goes is too fast for that. */
async function onScreen(
  { top, speed, output }: { top?: true; speed: number; output: string },
  command: { getOptionValueSource(name: string): string | undefined },
  context: CliContext,
): Promise<{ readonly runner?: Runner; readonly speed: number }> {
  if (!top) return { speed };
  if (output === "ndjson") {
    throw new CliError("Cannot show a run live and print its log: choose one");
  }
  const { runnerOnScreen } = await import("./run_top.ts");
  const isSaid = command.getOptionValueSource("speed") !== "default";
  return { runner: runnerOnScreen(context), speed: isSaid ? speed : TOP_SPEED };
}

/** Adds the three. */
export function addRunCommands(program: Command, context: CliContext): void {
  addRunOptions(
    program.command("run").argument("[file...]", "scenario files, or patterns such as 'ci/*.ts'")
      .description("run scenario files in a worker that may touch nothing"),
  )
    .option("--filter <text>", "only scenarios whose name or file holds this text")
    .addOption(
      new Option("--top", "show the services live meanwhile, at 60x unless --speed says else")
        .conflicts(["seeds", "plan", "from", "filter"]),
    )
    .option("--from <log>", "branch from a recorded run; without a file, its scenario")
    .option("--at <time>", "where it branches: from there on --set holds", instant)
    .addHelpText("after", RUN_EXAMPLES + RUN_ENDS).action(async (words, options, command) => {
      const { from, at } = options;
      if (from !== undefined) {
        const { forkRun } = await import("./fork.ts");
        return context.finish(await forkRun(words, { ...options, from }, context));
      }
      if (at !== undefined) {
        throw new CliError("Cannot branch without a past: add --from run.jsonl");
      }
      if (words.length === 0) {
        command.error("error: missing required argument 'file'", {
          code: "commander.missingArgument",
        });
      }
      const { console } = context;
      const [{ filesOf }, { loadSandboxed }] = await Promise.all([
        import("./run_files.ts"),
        import("./sandbox.ts"),
      ]);
      const files = filesOf(words);
      if (files.length > 1 && options.record !== undefined) {
        throw new CliError("Cannot record several scenarios into one file: run them one at a time");
      }
      using signals = stopOnSignals();
      const { stop } = signals;
      const { gpuPrices } = context.settings();
      const load = (file: string, console: Console) => loadSandboxed(file, console, stop);
      const how = { console, stop, gpuPrices };
      const [name] = files;
      if (name !== undefined && files.length === 1 && options.filter === undefined) {
        // Its worker starts while this thread loads what plans; what fails is told where it is awaited.
        const loaded = load(name, console);
        loaded.catch(() => {});
        const { runAlone } = await import("./run.ts");
        const { runner, speed } = await onScreen(options, command, context);
        const alone = { ...how, name, ...(runner ? { runner } : {}) };
        return context.finish(await runAlone(() => loaded, { ...options, speed }, alone));
      }
      if (options.top) throw new CliError("Cannot show several runs live: name one file");
      const { runBatch } = await import("./run_batch.ts");
      context.finish(await runBatch(files, options, { ...how, load }));
    });

  addLiveOptions(
    program.command("replay").argument("<log>", "a run file, as --record writes it")
      .description("show a recorded run at an instant, or all of it live")
      .option("-w, --watch", "show it live, from its begin or from --at")
      .addOption(
        new Option("--kind <kind>", "with -o ndjson: only this kind of events")
          .choices(EVENT_KINDS),
      )
      .option("--at <time>", "virtual time, as 12m30s or 00:12:30 (default: the end)", instant)
      .addOption(
        new Option("-o, --output <format>", "what to print")
          .choices(["text", "json", "ndjson"] as const).default("text" as const),
      ),
  ).addHelpText("after", REPLAY_EXAMPLES).action(
    async (path, { watch, output, kind, ...options }) => {
      if (kind !== undefined && output !== "ndjson") {
        throw new CliError("Cannot choose a kind of events without -o ndjson, which prints them");
      }
      if (watch) {
        const { watchLog } = await import("./top.ts");
        return context.finish(await watchLog(path, options, context));
      }
      const { replay } = await import("./replay.ts");
      const { at } = options;
      const { gpuPrices } = context.settings();
      context.finish(await replay(path, { at, output, kind, gpuPrices }, context.console));
    },
  );

  program.command("verify").argument("<log>", "a run file, as --record writes it")
    .description("simulate a recorded run again and compare, event for event")
    .addHelpText("after", VERIFY_EXAMPLES)
    .action(async (path) => {
      const { verify } = await import("./verify.ts");
      using signals = stopOnSignals();
      context.finish(await verify(path, context.console, signals.stop));
    });
}
