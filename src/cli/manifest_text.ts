// Text to documents for `-f`, and what kubectl says of text that is no YAML.

import type { YamlError } from "../kube/store_yaml.ts";
import { CliError } from "./exit.ts";

/** js-yaml's reasons and those of go-yaml, which kubectl reads with. */
const GO_REASONS: readonly (readonly [RegExp, string])[] = [
  [/^expected the node content/, "did not find expected node content"],
  [/^tab characters must not be used/, "found character that cannot start any token"],
  [/^.*within a (?:single|double) quoted scalar$/, "found unexpected end of stream"],
  [/^unidentified alias "(.*)"$/, "unknown anchor '$1' referenced"],
];

/**
 * The documents of a JSON or YAML text. Throws a {@linkcode CliError} with the line when it is
 * neither; the parser is loaded here.
 */
export async function parseManifests(text: string, file: string): Promise<readonly unknown[]> {
  if (text.trim() === "") return [];
  try {
    return [JSON.parse(text)];
  } catch {
    // YAML, or JSON whose fault the YAML parser places better: JSON is YAML too.
  }
  const { parseYaml, YamlError } = await import("../kube/store_yaml.ts");
  try {
    return parseYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, reason } = reasonFor(text, error, parseYaml);
    const said = `yaml: line ${line}: ${goReason(reason, text)}`;
    throw new CliError(`error parsing ${file}: error converting YAML to JSON: ${said}`);
  }
}

/** Of text that ends too early js-yaml tells the empty line behind it, so that one is left out. */
function reasonFor(text: string, error: YamlError, parse: (text: string) => unknown): YamlError {
  try {
    parse(text.trimEnd());
    return error;
  } catch (trimmed) {
    return trimmed as YamlError;
  }
}

function goReason(reason: string, text: string): string {
  // go-yaml tells what it waited for when the text ended inside of brackets.
  if (/within a flow collection$/.test(reason) && /[[{,:]\s*$/.test(text)) {
    return "did not find expected node content";
  }
  if (/^bad indentation of a mapping entry$/.test(reason)) {
    return "mapping values are not allowed in this context";
  }
  const found = GO_REASONS.find(([pattern]) => pattern.test(reason));
  return found === undefined ? reason : reason.replace(...found);
}
