// Candidates for the word under the cursor, in cobra's form. Knows no shell; never throws.

import { CONFIG_RESOURCE, findResource, RESOURCES, SERVICE_RESOURCE } from "../kube/resources.ts";
import type { Candidate, NameSource } from "./completion_cluster.ts";
import type { CommandNode, OptionNode } from "./completion_tree.ts";
import { type Line, readLine } from "./completion_words.ts";

/**
 * What the shell is to do with the candidates: cobra's bits, so that kubectl's own completion of
 * plugins reads them too (github.com/spf13/cobra, completions.go: ShellCompDirective).
 */
const DIRECTIVE = {
  /** There are no candidates: files are meant. */
  files: 0,
  /** No blank behind the one candidate, for it is not whole. */
  noSpace: 2,
  noFiles: 4,
  folders: 16,
} as const;

/** A source of candidates, or what the shell knows better. */
type Source =
  | "files"
  | "folders"
  | ((line: Line, cluster: NameSource) => Promise<readonly Candidate[]> | readonly Candidate[]);

const POD_RESOURCE = findResource("pods")!;
/** What the mock cluster's files hold, and `delete` takes. */
const STORED = [SERVICE_RESOURCE, CONFIG_RESOURCE, findResource("nodes")!];
const LOG_TYPES = RESOURCES.filter(({ kind }) =>
  ["LLMInferenceService", "Pod", "Service", "Deployment", "LeaderWorkerSet"].includes(kind)
);

const TOP = ["top", "ldtop", "watch", "slo-dashboard", "replay"];
const KUBE_FORMATS = ["wide", "json", "yaml", "name", "jsonpath=", "custom-columns="];
const SORT_FIELDS = [".metadata.name", ".metadata.creationTimestamp", ".metadata.namespace"];

/** The one text for all candidates of the answer to `mtop complete -- WORDS…`. */
export async function complete(
  words: readonly string[],
  root: CommandNode,
  cluster: (line: Line) => NameSource,
): Promise<string> {
  try {
    const line = readLine(words, root);
    const source = sourceOf(line, root);
    if (source === "files") return answer([], DIRECTIVE.files);
    if (source === "folders") return answer([], DIRECTIVE.folders);
    const wanted = line.fixed + line.word;
    const found = (await source(line, cluster(line)))
      .map(({ value, about = "" }) => ({ value: line.fixed + value, about }))
      .filter(({ value }) => value.startsWith(wanted));
    const open = found.length > 0 && found.every(({ value }) => /[=/]$/.test(value));
    return answer(found, DIRECTIVE.noFiles | (open ? DIRECTIVE.noSpace : 0));
  } catch {
    // Whoever presses Tab wants no sentence in the middle of a line.
    return answer([], DIRECTIVE.noFiles);
  }
}

function answer(candidates: readonly Candidate[], directive: number): string {
  const known = new Map(candidates.map(({ value, about = "" }) => [value, about]));
  const lines = [...known].filter(([value]) => !/\s/.test(value)).map(([value, about]) => {
    const words = about.replace(/\s+/g, " ").trim();
    return words === "" ? `${value}\n` : `${value}\t${words}\n`;
  });
  return `${lines.join("")}:${directive}\n`;
}

function sourceOf({ command, wanted, operands, word }: Line, root: CommandNode): Source {
  switch (wanted.kind) {
    case "command":
      return () => commandsOf(root);
    case "option":
      return (line) => optionsOf(line, root);
    case "value":
      return valueSource(command, wanted.option);
    case "argument":
      // A service, or a scenario's file.
      if (command.name === "size" && /[./]/.test(word)) return "files";
      return argumentSource(command, operands, root);
    case "nothing":
      return () => [];
  }
}

function argumentSource(
  { name, arguments: takes }: CommandNode,
  operands: readonly string[],
  root: CommandNode,
): Source {
  const last = takes.at(-1);
  const argument = takes[operands.length] ?? (last?.variadic ? last : undefined);
  if (argument === undefined) return () => [];
  if (argument.choices !== undefined) return plain(argument.choices);
  if (name === "help") return helpSource(operands, root);
  return ARGUMENTS[name] ?? (() => []);
}

/** A command, then what it can be told to show: `help rollout get`. */
function helpSource([name, ...others]: readonly string[], root: CommandNode): Source {
  if (name === undefined) return () => commandsOf(root);
  const command = root.commands?.find((each) => each.name === name);
  return plain(others.length === 0 ? command?.arguments[0]?.choices ?? [] : []);
}

function commandsOf({ commands = [] }: CommandNode): Candidate[] {
  return commands.filter(({ hidden }) => !hidden)
    .map(({ name, about }) => ({ value: name, about }));
}

function optionsOf({ command, given }: Line, root: CommandNode): Candidate[] {
  const options = new Set(command === root ? root.options : [...command.options, ...root.options]);
  return [...options].flatMap(({ long, about, hidden, repeatable }) => {
    if (long === undefined || hidden || given.has(long) && !repeatable) return [];
    // The version is asked of the program alone.
    return long === "--version" && command !== root ? [] : [{ value: long, about }];
  });
}

function valueSource({ name }: CommandNode, { long = "", choices }: OptionNode): Source {
  if (choices !== undefined) return plain(choices);
  return VALUES_OF[`${name} ${long}`] ?? VALUES[long] ?? (() => []);
}

function plain(values: readonly string[]): Source {
  return () => values.map((value) => ({ value }));
}

/** Values of options that mean the same wherever they are. */
const VALUES: Readonly<Record<string, Source>> = {
  "--calibration": "files",
  "--config": "files",
  "--container": async (line, cluster) =>
    await cluster.containers(line.operands[0] ?? "", await namespaceOf(line, cluster)),
  "--db": "files",
  "--dry-run": plain(["client", "server", "none"]),
  "--filename": "files",
  "--from": "files",
  "--hold-out": "files",
  "--junit": "files",
  "--keep-failed": "folders",
  "--log": "files",
  "--mocks": "folders",
  "--namespace": (_, cluster) => cluster.namespaces(),
  "--output": plain(KUBE_FORMATS),
  "--record": "files",
  "--save": "files",
  "--scenario": "files",
  "--show-events": plain(["true", "false"]),
  "--sort-by": plain(SORT_FIELDS),
  "--speed": plain(["1x", "10x", "60x", "max"]),
  "--topology": (_, cluster) => cluster.topologies(),
  "--types": plain(["Normal", "Warning"]),
  "--validate": plain(["strict", "warn", "ignore"]),
  "--wait": plain(["true", "false"]),
};

/** And of those that do not. */
const VALUES_OF: Readonly<Record<string, Source>> = {
  "calibrate --service": (line, cluster) => named(SERVICE_RESOURCE, line, cluster),
  "config --for": (line, cluster) => named(SERVICE_RESOURCE, line, cluster),
  "events --for": (line, cluster) => typeAndName(RESOURCES, line, cluster),
  "events --output": plain(KUBE_FORMATS.filter((form) => !/^(wide|custom)/.test(form))),
  "report --output": "files",
  ...Object.fromEntries(
    TOP.flatMap((name) =>
      ["--sort-by", "--columns"].map((option) => [`${name} ${option}`, columns])
    ),
  ),
};

/** Said here again: a shell waits, and the rehearsals know the schema library. */
const STRATEGIES: readonly Candidate[] = [
  { value: "canary", about: "step by step, errors abort it" },
  { value: "blue-green", about: "all at once, errors switch back" },
  { value: "rolling", about: "in place, errors undo it" },
  { value: "shadow", about: "copies of requests" },
];

/** Arguments by command. */
const ARGUMENTS: Readonly<Record<string, Source>> = {
  calibrate: "files",
  check: (line, cluster) => named(SERVICE_RESOURCE, line, cluster),
  compare: "files",
  config: configs,
  create: "files",
  delete: (line, cluster) => typesAndNames(STORED, line, cluster),
  describe: (line, cluster) => typesAndNames(RESOURCES, line, cluster),
  diff: "files",
  get: (line, cluster) => typesAndNames(RESOURCES, line, cluster),
  logs: async (line, cluster) =>
    line.word.includes("/") ? await typeAndName(LOG_TYPES, line, cluster) : [
      ...await named(SERVICE_RESOURCE, line, cluster),
      ...await named(POD_RESOURCE, line, cluster),
    ],
  replay: "files",
  report: "files",
  rollout: (line, cluster) => named(SERVICE_RESOURCE, line, cluster),
  run: "files",
  simulate: (line, cluster) =>
    line.operands.length === 0 ? STRATEGIES : named(SERVICE_RESOURCE, line, cluster),
  size: (line, cluster) => named(SERVICE_RESOURCE, line, cluster),
  sweep: "files",
  verify: "files",
  ...Object.fromEntries(TOP.filter((name) => name !== "replay").map((name) => [name, services])),
};

async function columns(): Promise<Candidate[]> {
  const { COLUMNS } = await import("../view/columns.ts");
  return COLUMNS.map(({ head, about }) => ({ value: head.toLowerCase(), about }));
}

/** Of a table that shows all namespaces unless one is named; each service once. */
async function services(line: Line, cluster: NameSource): Promise<Candidate[]> {
  const found = await cluster.names(SERVICE_RESOURCE, line.given.get("--namespace"));
  return found.filter(({ value }) => !line.operands.includes(value));
}

/** `config` finds a config wherever it is, unless told where. */
function configs({ given }: Line, cluster: NameSource): Promise<readonly Candidate[]> {
  return cluster.names(CONFIG_RESOURCE, given.get("--namespace"));
}

type Types = typeof RESOURCES;

/** Names in the namespace that the line looks at. */
async function named(
  resource: Types[number],
  line: Line,
  cluster: NameSource,
): Promise<Candidate[]> {
  // No command takes a name across all namespaces.
  if (line.given.has("--all-namespaces")) return [];
  const found = await cluster.names(resource, await namespaceOf(line, cluster));
  return found.filter(({ value }) => !line.operands.includes(value));
}

async function namespaceOf({ given }: Line, cluster: NameSource): Promise<string> {
  return given.get("--namespace") ?? await cluster.namespace();
}

/** `TYPE`, `T1,T2`, `TYPE NAME…`, `TYPE/NAME…`, or the name of a service. */
async function typesAndNames(
  types: Types,
  line: Line,
  cluster: NameSource,
): Promise<readonly Candidate[]> {
  const { operands: [first], word } = line;
  if (word.includes("/") || first?.includes("/")) return await typeAndName(types, line, cluster);
  if (first !== undefined) {
    const resources = first.split(",").map(findResource);
    const groups = resources.map((resource) =>
      resource !== undefined && types.includes(resource) ? named(resource, line, cluster) : []
    );
    return (await Promise.all(groups)).flat();
  }
  const before = word.slice(0, word.lastIndexOf(",") + 1);
  const all = types.map(({ plural, shortNames }) => ({
    value: before + plural,
    about: shortNames.join(", "),
  }));
  return before === "" ? [...all, ...await named(SERVICE_RESOURCE, line, cluster)] : all;
}

/** `TYPE/`, and behind it the names. */
async function typeAndName(types: Types, line: Line, cluster: NameSource): Promise<Candidate[]> {
  const [type = "", ...rest] = line.word.split("/");
  if (rest.length === 0) return types.map(({ singular }) => ({ value: `${singular}/` }));
  const resource = findResource(type);
  if (resource === undefined || !types.includes(resource)) return [];
  const names = await named(resource, line, cluster);
  return names.map(({ value, about = "" }) => ({ value: `${type}/${value}`, about }))
    .filter(({ value }) => !line.operands.includes(value));
}
