// `deno task validate`: prints how far mtop is from measured runs; `--runs` prints every single figure.

import { table } from "../../src/view/table.ts";
import { foldTable, judgedRuns, kneeTable, percentileTable, runTable } from "./engine_errors.ts";
import { dataFolder, presentFolder } from "./measured_data.ts";
import { promptTable } from "./prompts.ts";
import { recordedTable } from "./recorded_errors.ts";
import { routerTrendTable } from "./router_trend.ts";
import { routingRows } from "./routing.ts";
import { routingOrder, routingTable, routingTargets } from "./routing_tables.ts";

const folder = presentFolder();
if (!folder) {
  console.error(`Cannot validate: there are no measured runs in ${dataFolder()}; set MTOP_DATA`);
  Deno.exit(1);
}

let titles = 0;
const judged = judgedRuns(folder);
const routed = routingRows(folder);
if (Deno.args.includes("--runs")) {
  print(runTable(judged), numbers(5, 2));
  print(routingTable(routed), numbers(12));
  print(routerTrendTable(folder), numbers(9, 0));
} else {
  title(
    "Runs on H100 and H200, each simulated with coefficients that did not see its model;",
    "absolute error of the mean: median / p90 over runs",
  );
  print(foldTable(judged), numbers(5));
  title("Its percentiles, of the runs that arrive at a rate");
  print(percentileTable(judged), numbers(5));
  title("The knee: Qwen3-32B, 4096/1024 tokens, two H100, not seen");
  print(kneeTable(judged), numbers(5, 0));
  title("vLLM 0.19, request by request: unseen (Hopper's coefficients) and fitted (in sample)");
  print(recordedTable(folder), numbers(13));
  title("Llama-2-70B on two GPUs, a vLLM of 2023 (Splitwise), nothing fitted to it");
  print(promptTable(folder), numbers(4));
  title("Routing: four Llama-3.1-70B on four H100 each, 83 shared prefixes, 3 to 20 requests/s");
  print(routingOrder(routed), numbers(7));
  print(routingTargets(routed), numbers(5));
}

/** Columns of numbers: all from this one on. */
function numbers(columns: number, from = 1): number[] {
  return Array.from({ length: columns - from }, (_, i) => from + i);
}

/** A blank line before all but the first. */
function title(...lines: string[]): void {
  console.log([...(titles++ > 0 ? [""] : []), ...lines].join("\n"));
}

function print(rows: string[][], right: number[]): void {
  for (const line of table(rows, { right })) console.log(line);
}
