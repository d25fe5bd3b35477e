// `mtop logs`: what the containers of pods said, as far as a run's events tell. Prints what kubectl would.

import { STORAGE_INITIALIZER } from "../kube/model_storage.ts";
import type { KubeObject } from "../kube/object.ts";
import { parseLabelSelector } from "../kube/selector.ts";
import { InitLog } from "../report/init_log.ts";
import { type ContainerLog, type LogLine, PodLog } from "../report/pod_logs.ts";
import { containerStatus } from "../report/pod_problem.ts";
import { podServer } from "../report/pod_server.ts";
import { virtualTimestampMicro } from "../sim/timestamp.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import { LogFolder } from "./log_folder.ts";
import { namedPods, podsIn } from "./log_pods.ts";
import type { World, WorldOptions } from "./world.ts";
import { worldFlags } from "./world_flags.ts";

export interface LogsOptions extends WorldOptions {
  readonly namespace?: string;
  readonly selector?: string;
  readonly follow?: true;
  /** Lines from the end; -1 is all. */
  readonly tail?: number;
  /** Virtual µs before the instant that is shown. */
  readonly since?: number;
  readonly previous?: true;
  readonly container?: string;
  readonly allContainers?: true;
  readonly allPods?: true;
  readonly timestamps?: true;
  readonly prefix?: true;
}

/** kubectl's default with a selector, where a whole log of each pod would be too much. */
const SELECTOR_TAIL = 10;

/** Prints the logs; returns the exit code. Throws a `CliError` when nothing such can be asked for. */
export async function logs(
  target: string | undefined,
  options: LogsOptions,
  context: CliContext,
): Promise<number> {
  checkUsage(target, options);
  const world = await context.world(options);
  const namespace = options.namespace || context.settings().namespace;
  const chosen = choosePods(world, namespace, target, options, context);
  if (chosen.length === 0) {
    context.console.err(`No resources found in ${namespace} namespace.\n`);
    return EXIT.passed;
  }
  const wanted = chosen.flatMap((pod) =>
    containersOf(pod, options, context).map((container) => ({ pod, container }))
  );
  const found = await readLogs(world, chosen, context);
  let failed = false;
  for (const { pod, container } of wanted) {
    const problem = printLog(found.get(pod)!, pod, container, { world, options, context });
    if (problem === undefined) continue;
    context.console.err(`Error from server (BadRequest): ${problem}\n`);
    failed = true;
  }
  if (options.follow) context.console.err(nothingToFollow(options));
  return failed ? EXIT.failure : EXIT.passed;
}

function checkUsage(target: string | undefined, { selector }: LogsOptions): void {
  if (target === undefined && selector === undefined) {
    throw new CliError(
      "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\n" +
        "POD or TYPE/NAME is a required argument for the logs command\n" +
        "See 'mtop logs -h' for help and examples",
    );
  }
  if (target !== undefined && selector !== undefined) {
    throw new CliError("only a selector (-l) or a POD name is allowed");
  }
}

function choosePods(
  { state }: World,
  namespace: string,
  target: string | undefined,
  options: LogsOptions,
  { console, settings }: CliContext,
): readonly KubeObject[] {
  if (target === undefined) {
    const selector = parseLabelSelector(options.selector!);
    if ("problem" in selector) throw new CliError(selector.problem);
    return podsIn(state, namespace)
      .filter(({ metadata }) => selector.matches(metadata.labels ?? {}));
  }
  const { pods, owner, stopped } = namedPods(state, namespace, target);
  if (owner !== undefined && pods.length === 0) {
    const name = owner.slice(owner.indexOf("/") + 1);
    const check = `mtop check ${name} -n ${namespace}${worldFlags(options, settings())}`;
    const why = stopped === undefined
      ? `\`${check}\` tells why, if it is a service`
      : `it is ${stopped}`;
    throw new CliError(`no pods of ${owner} in namespace "${namespace}": ${why}`);
  }
  if (pods.length === 1 || options.allPods) return pods;
  console.err(`Found ${pods.length} pods, using pod/${pods[0]!.metadata.name}\n`);
  return pods.slice(0, 1);
}

/** The containers asked for, in kubectl's order; the first one where nothing was asked. */
function containersOf(
  pod: KubeObject,
  { container, allContainers }: LogsOptions,
  { console }: CliContext,
): string[] {
  const { initContainers = [], containers = [] } = (pod.spec ?? {}) as {
    initContainers?: { name: string }[];
    containers?: { name: string }[];
  };
  const all = [...initContainers, ...containers].map(({ name }) => name);
  if (allContainers) return all;
  if (container !== undefined) {
    if (all.includes(container)) return [container];
    throw new CliError(`container ${container} is not valid for pod ${pod.metadata.name}`);
  }
  const first = containers[0]?.name ?? "main";
  if (all.length > 1) {
    const names = [
      ...containers,
      ...initContainers.map(({ name }) => ({ name: `${name} (init)` })),
    ];
    const list = names.map(({ name }) => name).join(", ");
    console.err(`Defaulted container "${first}" out of: ${list}\n`);
  }
  return [first];
}

/** What there is of a pod's log: its container's instances, or the lines of a file that stands for it. */
type PodText =
  | { readonly main: readonly ContainerLog[]; readonly init: readonly ContainerLog[] }
  | { readonly file: string };

/** One pass over the run's events for all pods that are asked for. */
async function readLogs(
  world: World,
  pods: readonly KubeObject[],
  context: CliContext,
): Promise<ReadonlyMap<KubeObject, PodText>> {
  const found = new Map<KubeObject, PodText>();
  const followed = new Map<KubeObject, { readonly main: PodLog; readonly init: InitLog }>();
  const folder = new LogFolder(context);
  for (const pod of pods) {
    const file = folder.read(`${pod.metadata.name}.txt`);
    if (file !== undefined) {
      found.set(pod, { file });
      continue;
    }
    const server = podServer(world.state, pod);
    followed.set(pod, {
      main: new PodLog(server, server.role === "tokenizer" ? {} : folder.templates(server.role)),
      init: new InitLog(server, folder.templates("init")),
    });
  }
  if (followed.size > 0) {
    const logs = [...followed.values()].flatMap(({ main, init }) => [main, init]);
    for await (const events of world.events()) {
      for (const event of events) for (const log of logs) log.take(event);
    }
  }
  for (const [pod, { main, init }] of followed) {
    found.set(pod, { main: main.containers(world.nowUs), init: init.containers });
  }
  return found;
}

interface Asked {
  readonly world: World;
  readonly options: LogsOptions;
  readonly context: CliContext;
}

/** Prints one container's log, or returns the API server's words for why there is none. */
function printLog(
  found: PodText,
  pod: KubeObject,
  container: string,
  { world, options, context }: Asked,
): string | undefined {
  const chosen = "file" in found
    ? { lines: fileLines(found.file) }
    : container === "main"
    ? chooseInstance(found.main, pod, container, options)
    : container === STORAGE_INITIALIZER
    ? chooseInstance(found.init, pod, container, options)
    : { lines: [] };
  if ("problem" in chosen) return chosen.problem;
  if (chosen.lines.length === 0) tellUnscheduled(pod, context);
  const { since, tail = options.selector === undefined ? -1 : SELECTOR_TAIL } = options;
  const fromUs = since === undefined ? -Infinity : world.nowUs - since;
  const recent = chosen.lines.filter(({ atUs }) => atUs === undefined || atUs >= fromUs);
  const shown = tail < 0 ? recent : recent.slice(Math.max(0, recent.length - tail));
  const prefix = options.prefix || options.allPods
    ? `[pod/${pod.metadata.name}/${container}] `
    : "";
  const text = shown.map(({ atUs, text }) => {
    const stamp = options.timestamps && atUs !== undefined ? `${nanoTimestamp(atUs)} ` : "";
    return `${prefix}${stamp}${text}\n`;
  });
  context.console.out(text.join(""));
  return undefined;
}

/** A line of a file has no instant. */
type AnyLine = Omit<LogLine, "atUs"> & { readonly atUs?: number };

function fileLines(text: string): AnyLine[] {
  return text.replace(/\n$/, "").split("\n").map((text) => ({ text }));
}

/** As the kubelet chooses (`validateContainerLogStatus`): the last one, or with -p the one before. */
function chooseInstance(
  containers: readonly ContainerLog[],
  pod: KubeObject,
  container: string,
  { previous }: LogsOptions,
): { lines: readonly AnyLine[] } | { problem: string } {
  const last = containers.at(-1);
  const { name } = pod.metadata;
  if (previous) {
    // A container that is down is its own predecessor.
    const before = last?.running ? containers.at(-2) : last;
    return before ??
      { problem: `previous terminated container "${container}" in pod "${name}" not found` };
  }
  if (last) return last;
  const reason = containerStatus(pod, container)?.state?.waiting?.reason;
  if (reason === undefined) return { lines: [] };
  const waits = waitsFor(reason);
  return { problem: `container "${container}" in pod "${name}" is waiting to start: ${waits}` };
}

function waitsFor(reason: string): string {
  if (reason === "ErrImagePull") return "image can't be pulled";
  return reason === "ImagePullBackOff" ? "trying and failing to pull image" : reason;
}

/** kubectl prints nothing at all of a pod that has no node, which leaves its user wondering. */
function tellUnscheduled(pod: KubeObject, { console }: CliContext): void {
  if (pod.spec?.["nodeName"] !== undefined) return;
  console.err(`pod ${pod.metadata.name} has no log yet: it was not scheduled to a node\n`);
}

function nothingToFollow({ log }: LogsOptions): string {
  return log === undefined
    ? "The mock cluster does not move, so there is nothing more to follow; `mtop top` shows it moving\n"
    : "A recorded run does not move, so there is nothing more to follow\n";
}

/** As the API server writes it with `timestamps=true`. */
function nanoTimestamp(us: number): string {
  return virtualTimestampMicro(us).replace("Z", "000Z");
}
