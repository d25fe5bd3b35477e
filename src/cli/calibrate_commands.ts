// `mtop calibrate`: what it takes. Only declared here.

import { type Command, Option } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";

const HELP = `
Reads what these write, and knows each by its content:
  guidellm           its JSON report
  inference-perf     stage_N_lifecycle_metrics.json, or per_request_lifecycle_metrics.json
  AIPerf             profile_export.jsonl, or profile_export_aiperf.json
  vllm bench serve   --save-result, better with --save-detailed
  mtop               a recording of --record-requests

One engine at a time: all files are of one model on the same GPUs, with the same flags. The more the
runs differ (a few requests at a time and many, short prompts and long), the better.

Examples:
  mtop calibrate c8.json c64.json --model Qwen/Qwen3-32B --gpu H100-SXM --tensor-parallel-size 2
  mtop calibrate c*.json --hold-out night.jsonl --service gpt2 --gpu L4
  mtop calibrate c*.json --service gpt2 --gpu L4 --dry-run -o json

What is saved is the coefficients, and how far they are from runs that they were not fitted to. A
scenario uses it as calibrations: [json], mtop run and mtop simulate with --calibration FILE.
`;

/** Adds `calibrate`. */
export function addCalibrateCommands(program: Command, context: CliContext): void {
  program.command("calibrate").argument("<file...>", "measurements of one engine")
    .description("fit the speed of an engine to measurements of your own")
    .option("--model <repository>", "the model that was served, as Qwen/Qwen3-32B")
    .option("--service <name>", "instead of --model: the flags of this service")
    .option("-n, --namespace <name>", "namespace of the service (default: default)")
    .option("--gpu <gpu>", "the GPU that it was served on, as H100-SXM")
    .option("--hold-out <file...>", "measurements to hold the fit against, which it does not see")
    .option("--tensor-parallel-size <n>", "as vLLM was told; so are those that follow")
    .option("--pipeline-parallel-size <n>")
    .option("--data-parallel-size <n>")
    .option("--enable-expert-parallel")
    .option("--max-num-seqs <n>")
    .option("--max-num-batched-tokens <n>")
    .option("--gpu-memory-utilization <share>")
    .option("--max-model-len <tokens>")
    .option("--quantization <method>")
    .option("--kv-cache-dtype <type>")
    .option("--no-enable-prefix-caching")
    .option("--num-gpu-blocks <n>", "KV-cache blocks, as the server's log gave them")
    .addOption(new Option("--save <file>", "where to save it instead of among your settings"))
    .addOption(new Option("--dry-run", "save nothing").conflicts("save"))
    .addOption(
      new Option("-o, --output <format>", "what to print")
        .choices(["text", "json"] as const).default("text" as const),
    )
    .addHelpText("after", HELP)
    .action(async (files, options) => {
      const [{ calibrate }, { fitRuns }] = await Promise.all([
        import("./calibrate.ts"),
        import("../calibration/fit.ts"),
      ]);
      context.finish(await calibrate(files, options, { ...context, fit: fitRuns }));
    });
}
