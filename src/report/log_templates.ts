// Log line templates by pod state: reading them and filling them in. Knows no pod and no time.

/** When a line appears: at a point of the container's start or end, or every ten seconds of serving. */
export const LOG_PHASES = [
  "start",
  "imported",
  "loaded",
  "initialised",
  "ready",
  "every10s",
  "died",
  "stop",
] as const;
export type LogPhase = typeof LOG_PHASES[number];

/** The texts of each phase, in the order of their files. */
export type LogTemplates = { readonly [phase in LogPhase]?: readonly string[] };

/**
 * What a template may ask for; what is not known of it leaves out the part `[[…]]` that asks for it,
 * else the whole line.
 */
export const PLACEHOLDERS = [
  "time",
  "image",
  "version",
  "model",
  "servedName",
  "tensorParallel",
  "loadSeconds",
  "weightsGiB",
  "kvTokens",
  "kvGiB",
  "maxModelLen",
  "concurrency",
  "initSeconds",
  "graphSeconds",
  "graphGiB",
  "promptThroughput",
  "generationThroughput",
  "running",
  "waiting",
  "kvUsage",
  "prefixHitRate",
  "reason",
  "pod",
  "namespace",
  "pid",
  "pool",
  "modelUri",
  "endpoints",
] as const;
export type Placeholder = typeof PLACEHOLDERS[number];

export type LogValues = { readonly [name in Placeholder]?: string };

const OPTIONAL = /\[\[(.*?)\]\]/g;
const SLOT = /\{\{(\w+)\}\}/g;

/**
 * Reads one file: `phase<TAB>text` a line, blank lines and those that begin with `#` left out.
 * What cannot be read is told with its line's number, and the rest is read all the same.
 */
export function parseTemplates(text: string): { templates: LogTemplates; problems: string[] } {
  const found: { [phase in LogPhase]?: string[] } = {};
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const tab = line.indexOf("\t");
    const phase = line.slice(0, Math.max(0, tab));
    const problem = isPhase(phase) ? unknownSlot(line) : `begins with no phase and tab`;
    if (problem !== undefined) problems.push(`line ${index + 1} ${problem}`);
    else (found[phase as LogPhase] ??= []).push(line.slice(tab + 1));
  }
  return { templates: found, problems };
}

/** The phases of several files together: starting, serving, crashed, terminating. */
export function mergeTemplates(all: readonly LogTemplates[]): LogTemplates {
  return Object.fromEntries(
    LOG_PHASES.map((phase) => [phase, all.flatMap((templates) => templates[phase] ?? [])]),
  );
}

/**
 * The text with its placeholders replaced, and without the `[[…]]` whose values are not known;
 * undefined when another one is not: a server says no line that lacks its figure.
 */
export function fillTemplate(text: string, values: LogValues): string | undefined {
  const kept = text.replaceAll(OPTIONAL, (_, part: string) => isKnown(part, values) ? part : "");
  if (!isKnown(kept, values)) return undefined;
  return kept.replaceAll(SLOT, (_, name) => values[name as Placeholder]!);
}

function isKnown(part: string, values: LogValues): boolean {
  return [...part.matchAll(SLOT)].every(([, name]) => values[name as Placeholder] !== undefined);
}

function isPhase(word: string): word is LogPhase {
  return (LOG_PHASES as readonly string[]).includes(word);
}

function unknownSlot(line: string): string | undefined {
  for (const [slot, name] of line.matchAll(SLOT)) {
    if (!(PLACEHOLDERS as readonly string[]).includes(name!)) return `has an unknown ${slot}`;
  }
  return undefined;
}
