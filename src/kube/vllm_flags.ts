// The flags that vLLM is started with: read out of a container's command, its script, args and environment.

import {
  type Container,
  type LLMInferenceService,
  mainContainer,
} from "./llm_inference_service.ts";

/** vLLM's own short forms. */
const SHORT_FLAGS: Readonly<Record<string, string>> = {
  "-tp": "--tensor-parallel-size",
  "-pp": "--pipeline-parallel-size",
  "-dp": "--data-parallel-size",
  "-dpl": "--data-parallel-size-local",
  "-ep": "--enable-expert-parallel",
  "-q": "--quantization",
  "-sc": "--speculative-config",
};

/** KServe's presets put its words behind their own flags. */
const ADDITIONAL = "VLLM_ADDITIONAL_ARGS";

/**
 * vLLM's flags as the service passes them. Both `--flag value` and `--flag=value`; a flag alone is
 * `true`, and the last one to name a flag has it. Like vLLM it takes `--max_model_len` for
 * `--max-model-len`, and `-tp` for `--tensor-parallel-size`. Text in quotes or braces is one word:
 * `--speculative-config '{"method": "ngram"}'`.
 */
export function vllmFlags(service: LLMInferenceService): ReadonlyMap<string, string | true> {
  const words = commandLine(mainContainer(service.spec))
    .flatMap(wordsOf)
    // A script continues its line with a backslash, as KServe's own presets do.
    .filter((word) => word !== "" && word !== "\\")
    .map((word) => word.replace(/^-\w+(?==|$)/, (short) => SHORT_FLAGS[short] ?? short));
  const flags = new Map<string, string | true>();
  for (const [index, word] of words.entries()) {
    if (!word.startsWith("--")) continue;
    const equals = word.indexOf("=");
    const next = words[index + 1];
    const name = word.slice(2, equals < 0 ? undefined : equals).replaceAll("_", "-");
    if (equals > 0) flags.set(name, unquoted(word.slice(equals + 1)));
    else flags.set(name, next === undefined || next.startsWith("--") ? true : unquoted(next));
  }
  return flags;
}

/** In the order in which vLLM gets them. */
function commandLine(container: Container | undefined): string[] {
  const { command = [], args = [], env = [] } = container ?? {};
  const additional = env.find(({ name }) => name === ADDITIONAL)?.value ?? "";
  const script = command.find((word) => SERVE.test(word) && /\s/.test(word));
  return script === undefined
    ? [...command, ...args, additional]
    : scriptLine(script, args, additional);
}

const SERVE = /\bvllm serve\b/;

/**
 * What a script starts vLLM with, as far as the script's text says it: its own arguments where it has
 * `$@`, the environment's words where it names them. What other variables hold the script decides when it
 * runs; KServe's presets keep in them what changes no figure.
 */
function scriptLine(script: string, args: readonly string[], additional: string): string[] {
  const begin = script.lastIndexOf("vllm serve");
  // It ends where the text in quotation marks around it does.
  const text = script.slice(begin).replace(/"\s*$/, "");
  return text.split(VARIABLE).flatMap((part) => {
    if (part === "@" || part === "*") return args;
    if (part === ADDITIONAL) return [additional];
    return /^\w+_ARGS$/.test(part) ? [] : [part];
  });
}

/** `$@`, `${NAME_ARGS}`, with quotation marks around it or none: the name is what `split` keeps. */
const VARIABLE = /"?\$\{?(@|\*|\w+_ARGS)(?::-)?\}?"?/;

/** At white space, but not where a quote or a brace is open: JSON holds both. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const piece of text.split(/\s+/)) {
    const last = words.at(-1);
    if (last !== undefined && isOpen(last)) words[words.length - 1] = `${last} ${piece}`;
    else words.push(piece);
  }
  // What is never closed is no JSON and no quotation: its pieces are words of their own.
  return words.flatMap((word) => isOpen(word) ? word.split(" ") : [word]);
}

/** A brace alone may be a shell's. */
function isOpen(word: string): boolean {
  const count = (character: string) => word.split(character).length - 1;
  const value = word.replace(/^-[\w.-]+=/, "");
  if (/^'?\{"/.test(value)) return count("{") > count("}");
  return value.startsWith("'") && count("'") % 2 === 1;
}

function unquoted(word: string): string {
  return /^(["']).*\1$/.test(word) ? word.slice(1, -1) : word;
}
