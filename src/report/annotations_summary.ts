// Outcomes as Markdown for the summary page of a GitHub job: a table of scenarios, a table of what failed.

import { formatInstant } from "../view/format.ts";
import { againText, failedOf, type ScenarioOutcome } from "./outcome.ts";
import { isGood } from "./outcome_text.ts";
import { seedStatistics } from "./seed_statistics.ts";
import { passRateText } from "./seed_text.ts";

/** GitHub drops a summary above 1 MiB: so many failures are listed, the others counted. */
const MOST_FAILURES = 200;

/** `notRun`: how many scenarios more there are, of which nothing is known. */
export function stepSummary(outcomes: readonly ScenarioOutcome[], notRun = 0): string {
  const passed = outcomes.filter(isGood);
  const all = outcomes.length + notRun;
  const rest = notRun === 0 ? "" : `, ${notRun} not run`;
  const scenarios = [
    ["", "Scenario", "Result", "Seed", "Log"],
    ...outcomes.map((outcome) => [
      passed.includes(outcome) ? "✅" : "❌",
      `${code(outcome.name)} (${code(outcome.file)})`,
      cell(resultText(outcome)),
      ...seedAndLog(outcome),
    ]),
  ];
  return `### mtop: ${passed.length} of ${all} scenarios passed${rest}\n\n` +
    `${markdownTable(scenarios)}${failuresText(outcomes)}`;
}

function resultText({ trouble, runs, overSeeds }: ScenarioOutcome): string {
  const seeds = overSeeds && runs.length > 0 ? passRateText(seedStatistics(runs)) : "";
  if (trouble) return seeds === "" ? trouble.message : `${seeds}; ${trouble.message}`;
  if (overSeeds) return seeds;
  const [run] = runs;
  if (!run || run.summary.expectations.length === 0) return "nothing was expected";
  const all = run.summary.expectations.length;
  const failed = failedOf(run).length;
  return failed === 0
    ? `${all} of ${all} expectations held`
    : `${failed} of ${all} expectations failed`;
}

function seedAndLog({ runs, overSeeds }: ScenarioOutcome): [string, string] {
  const [first] = runs;
  if (!first) return ["", ""];
  if (overSeeds) return [`${first.seed} to ${runs.at(-1)!.seed}`, ""];
  return [String(first.seed), code(first.hash.slice(0, 12))];
}

function failuresText(outcomes: readonly ScenarioOutcome[]): string {
  const rows = outcomes.flatMap((outcome) =>
    outcome.runs.flatMap((run) =>
      failedOf(run).map(({ about, expected, got, atSeconds }) => [
        cell(about),
        cell(expected),
        cell(got),
        formatInstant(atSeconds * 1e6),
        code(againText(outcome, run.seed)),
      ])
    )
  );
  if (rows.length === 0) return "";
  const more = rows.length - MOST_FAILURES;
  const heads = ["Failed", "Expected", "Got", "At", "Once more"];
  return `\n${markdownTable([heads, ...rows.slice(0, MOST_FAILURES)])}` +
    (more > 0 ? `\nand ${more} more\n` : "");
}

function markdownTable([heads = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return line(heads) + line(heads.map(() => "---")) + rows.map(line).join("");
}

/** Text that stays text: no table, markup or HTML of a scenario's own. */
function cell(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|~]/g, (one) => `\\${one}`).replace(/\s+/g, " ");
}

function code(text: string): string {
  // Between backticks nothing is escaped but the table's own bar.
  return `\`${text.replaceAll("`", "'").replaceAll("|", "\\|").replace(/\s+/g, " ")}\``;
}
