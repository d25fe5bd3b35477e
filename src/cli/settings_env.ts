// Settings from the environment: one variable a key. Loads the schema only for values that need one.

import { suggestion } from "../scenario/problem.ts";
import { SETTING_KEYS, type SettingKey, variableOf } from "./settings_keys.ts";
import type { Environment, SettingsLayer } from "./settings_layer.ts";

/** Variables of mtop's that are no settings: where the settings are, and where what is written goes. */
const OTHER_VARIABLES = ["MTOP_CONFIG", "MTOP_DATA"];

/** The original's name; its own variable wins. */
const ALIASES: Readonly<Record<string, string>> = { mode: "LLD_MODE" };

/** All that `readEnvironment` and the search for the file look at. */
export const VARIABLES: readonly string[] = [
  ...SETTING_KEYS.map(({ key }) => variableOf(key)),
  ...OTHER_VARIABLES,
  ...Object.values(ALIASES),
];

/** What the environment sets; an empty variable sets nothing. */
export async function readEnvironment(env: Environment): Promise<SettingsLayer> {
  const values = new Map<string, { value: unknown; origin: string }>();
  const problems: string[] = [];
  for (const key of SETTING_KEYS) {
    const variable = [variableOf(key.key), ALIASES[key.key] ?? ""].find((name) => env[name]);
    if (variable === undefined) continue;
    const reading = await readVariable(key, variable, env[variable]!);
    if ("problem" in reading) problems.push(reading.problem);
    else values.set(key.key, { value: reading.value, origin: `environment ${variable}` });
  }
  const unknown = Object.keys(env).filter((name) =>
    name.startsWith("MTOP_") && !VARIABLES.includes(name)
  );
  return { values, problems, warnings: unknown.map(unknownVariable) };
}

async function readVariable(
  key: SettingKey,
  variable: string,
  text: string,
): Promise<{ value: unknown } | { problem: string }> {
  if (key.kind === "folder" || key.choices?.includes(text)) return { value: text };
  if (key.kind === "prices") return readPrices(variable, text);
  const { readSettings } = await import("./settings_schema.ts");
  const path = key.key.split(".");
  const data = path.reduceRight<unknown>((value, field) => ({ [field]: value }), dataOf(key, text));
  const { values, problems } = readSettings(data, (at) => {
    const within = at.slice(path.length).map((part) => typeof part === "number" ? part + 1 : part);
    return [variable, ...within].join(" ");
  });
  const [problem] = problems;
  return problem ? { problem: problem.message } : { value: values.get(key.key) };
}

/** The text as the file would have it: lists by commas. */
function dataOf({ kind }: SettingKey, text: string): unknown {
  return kind === "columns" ? partsOf(text) : text.trim();
}

function partsOf(text: string): string[] {
  return text.split(",").map((part) => part.trim()).filter((part) => part !== "");
}

/** `H100-SXM=2.5,L4=0.7`, a form that the file does not have. */
function readPrices(variable: string, text: string): { value: unknown } | { problem: string } {
  const prices: [string, number][] = [];
  for (const part of partsOf(text)) {
    const [, name, price] = /^([^=]*[^=\s])\s*=\s*(\d+(?:\.\d+)?)$/.exec(part) ?? [];
    if (name === undefined) {
      const said = `Cannot use ${JSON.stringify(part)} as ${variable}`;
      return { problem: `${said}: write USD by GPU, such as H100-SXM=2.5,L4=0.7` };
    }
    prices.push([name, Number(price)]);
  }
  return { value: Object.fromEntries(prices) };
}

function unknownVariable(name: string): string {
  const guess = suggestion(name, VARIABLES);
  const hint = guess.startsWith("did you mean")
    ? guess
    : '"mtop settings --help" lists those known';
  return `Unknown variable "${name}" has no effect: ${hint}`;
}
