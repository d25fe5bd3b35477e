// `size`: what it takes. Only declared here.

import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { Limits } from "../scenario/sizing.ts";
import { parseDuration } from "../sim/duration.ts";
import type { CliContext } from "./context.ts";
import { counts, names } from "./list_option.ts";
import { wholeNumber } from "./run_options.ts";
import { setting } from "./set_option.ts";

const HELP = `
Simulates sizes, each under several seeds, and halves what is left until it knows the answer: the
fewest GPUs that keep every objective under every seed or, with --max-rps, the highest rate. Of a
service that prefills apart, replicas and prefill replicas are varied together; with --tp and --gpu
each combination is searched, and all are ranked. The sizes beside the answer are tried as well.
Objectives are those of the scenario's slo and these options; itl is held against a request's mean
gap (TPOT), as in slo.

Examples:
  mtop size llama-3-70b --rps 40 --ttft-p95 2s --itl-p95 60ms --tp 2,4,8 --gpu H100-SXM,H200-SXM
  mtop size qwen3-32b-pd -n search --rps 4 --ttft-p95 8s --itl-p95 60ms --plot
  mtop size scenarios/pd-mismatch.ts --max-rps --gpus 4
  mtop size scenarios/canary-failure.ts --set rollouts=[] --set faults=[] --set expect=[]

Exit codes:
  0    found                     104  the scenario is invalid
  1    usage or another failure  105  interrupted
  99   not even the largest size keeps the objectives
`;

/** Adds `size`. */
export function addSizeCommand(program: Command, context: CliContext): void {
  program.command("size").argument("<what>", "a service of the mock cluster, or a scenario file")
    .description("find the fewest GPUs, or the highest rate, with which a service keeps its SLO")
    .option("--max-rps", "find the highest rate that its replicas keep the SLO at")
    .option(
      "--gpus <n>",
      "with --max-rps: share out so many GPUs over its replicas",
      wholeNumber(1),
    )
    .option("--ttft-p95 <time>", "limit of the time to the first token", duration)
    .option("--itl-p95 <time>", "limit of a request's mean time between tokens", duration)
    .option("--e2e-p95 <time>", "limit of the time to the last token", duration)
    .addOption(
      new Option("--max-errors <percent>", "requests that may fail or be turned away")
        .argParser(percent).default(0.01, "1%"),
    )
    .option("--rps <n>", "of a mock service: its load (default: its annotation mtop.dev/rps)", rate)
    .option(
      "--gpu <list>",
      "kinds of GPUs to try, such as H100-SXM,L40S (default: as it is)",
      names,
    )
    .option("--tp <list>", "tensor parallelisms to try, such as 2,4,8 (default: as it is)", counts)
    .option("-n, --namespace <name>", "namespace of the mock service (default: default)")
    .option("--service <name>", "of a scenario with several: which one")
    .option("--set <path=value>", "change the scenario (may be given several times)", setting)
    .addOption(
      new Option("--max-replicas <n>", "most of a role that are tried").argParser(wholeNumber(1))
        .default(64),
    )
    .option("--prefill <n>", "so many prefill replicas, instead of varying them", wholeNumber(1))
    .option("--plot", "draw the answer's percentiles over the rate")
    .addOption(
      new Option("--seeds <n>", "each size with the seeds 1 to n").argParser(wholeNumber(1))
        .default(3),
    )
    .option("--jobs <n>", "how many run at a time (default: as many as cores)", wholeNumber(1))
    .addOption(
      new Option("-o, --output <format>", "what to print")
        .choices(["text", "json"] as const).default("text" as const),
    )
    .addHelpText("after", HELP)
    .action(async (what, { ttftP95, itlP95, e2eP95, ...options }) => {
      const { size } = await import("./size.ts");
      const limits: Limits = {
        ...(ttftP95 === undefined ? {} : { ttft: { p95: ttftP95 } }),
        ...(itlP95 === undefined ? {} : { itl: { p95: itlP95 } }),
        ...(e2eP95 === undefined ? {} : { e2e: { p95: e2eP95 } }),
      };
      context.finish(await size(what, { ...options, limits }, context));
    });
}

function duration(text: string): string {
  if (parseDuration(text) !== undefined) return text;
  throw new InvalidArgumentError("Write a time such as 2s or 60ms.");
}

function percent(text: string): number {
  const number = /^(\d+(?:\.\d+)?)%?$/.exec(text)?.[1];
  if (number !== undefined && Number(number) <= 100) return Number(number) / 100;
  throw new InvalidArgumentError("Write a percentage such as 1%.");
}

function rate(text: string): number {
  const rps = Number(text);
  if (rps > 0 && rps <= 1_000_000) return rps;
  throw new InvalidArgumentError("Write requests per second, such as 40.");
}
