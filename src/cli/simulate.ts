// `mtop simulate` and `mtop topologies`: rollouts of mock services, rehearsed as scenarios.

import { join } from "node:path";
import { withoutPresets } from "../kube/effective_spec.ts";
import type { KubeObject } from "../kube/object.ts";
import { CONFIG_RESOURCE, keyOf, SERVICE_RESOURCE } from "../kube/resources.ts";
import { hasStopAnnotation, STOP_ANNOTATION } from "../kube/stop.ts";
import type { ObjectStore } from "../kube/store.ts";
import { planNode } from "../scenario/manifest_node.ts";
import { baselineOf } from "../scenario/present.ts";
import { pathText, suggestion } from "../scenario/problem.ts";
import { rehearsalOf, REHEARSED, type RehearsedStrategy } from "../scenario/rehearsal.ts";
import {
  type Topology,
  topologyOf,
  topologyScenario,
  topologySchema,
} from "../scenario/topology.ts";
import { table } from "../view/table.ts";
import { widthOf } from "./console.ts";
import type { CliContext } from "./context.ts";
import { CliError } from "./exit.ts";
import { namedService } from "./named_service.ts";
import { runScenario } from "./run.ts";
import type { RunOptions } from "./run_options.ts";
import { shellWord } from "./shell_word.ts";
import { stopOnSignals } from "./signals.ts";

export interface SimulateOptions extends RunOptions {
  readonly topology?: string;
  readonly image?: string;
  readonly namespace?: string;
}

const DEFAULT_SERVICE = "llama-3-70b";
/** Runs the rehearsal and returns its exit code. */
export async function simulate(
  strategy: string,
  service: string | undefined,
  options: SimulateOptions,
  context: CliContext,
): Promise<number> {
  const rehearsed = strategyOf(strategy);
  if (options.image === "") throw new CliError("Cannot roll out an image without a name");
  const store = await context.store();
  const topology = options.topology === undefined
    ? topologyOfService(rehearsed, store, service, options, context)
    : topologyNamed(rehearsed, options.topology, service, options, context);
  const names = servicesOf(store).map(({ metadata }) => metadata.name);
  const find = (name: string) => {
    const found = servicesOf(store).find(({ metadata }) => metadata.name === name);
    return found && merged(found, store);
  };
  const data = sentence(() => topologyScenario(topology, find, names));
  using signals = stopOnSignals();
  const { console } = context;
  const { gpuPrices } = context.settings();
  const command = commandOf(strategy, service, options);
  const how = { console, stop: signals.stop, name: topology.name, command, gpuPrices };
  return await runScenario(data, options, how);
}

/** The rehearsal again, for the line that reproduces a run. */
function commandOf(
  strategy: string,
  service: string | undefined,
  { topology, image, namespace }: SimulateOptions,
): string {
  const options = Object.entries({ topology, image, namespace })
    .flatMap(([name, value]) => value === undefined ? [] : [`--${name}`, shellWord(value)]);
  const words = ["mtop simulate", strategy, ...(service === undefined ? [] : [service])];
  return [...words, ...options].join(" ");
}

/** Throws a CliError when there is no such strategy; the original calls one `bluegreen`. */
function strategyOf(name: string): RehearsedStrategy {
  const found = REHEARSED.find((each) => each === name || each.replace("-", "") === name);
  if (found) return found;
  throw new CliError(`Cannot simulate "${name}": ${suggestion(name, REHEARSED)}`);
}

function servicesOf(store: ObjectStore): KubeObject[] {
  return store.list().map(({ object }) => object)
    .filter(({ kind }) => kind === SERVICE_RESOURCE.kind);
}

function topologyOfService(
  strategy: RehearsedStrategy,
  store: ObjectStore,
  service: string | undefined,
  options: SimulateOptions,
  context: CliContext,
): Topology {
  const name = service ?? DEFAULT_SERVICE;
  const namespace = options.namespace || context.settings().namespace;
  const found = namedService(store, namespace, name);
  if (hasStopAnnotation(found)) {
    throw new CliError(
      `Cannot simulate a rollout of "${name}": it is stopped by its annotation ${STOP_ANNOTATION}`,
    );
  }
  const nodes = store.list().filter(({ object }) => object.kind === "Node")
    .map(({ object }) => planNode(object))
    .flatMap(({ name, gpu, gpus }) => gpu ? [{ name, gpu: gpu.name, gpus, count: 1 }] : []);
  const room = nodes.length > 0 ? nodes : [{ name: "node", gpu: "H100-SXM", gpus: 8, count: 8 }];
  const object = merged(found, store);
  if (baselineOf(object).rps <= 0) {
    throw new CliError(
      `Cannot simulate a rollout of "${name}": its annotation mtop.dev/rps is 0, so that nothing ` +
        `would be judged`,
    );
  }
  return topologyOf(strategy, object, room, options.image);
}

/** The service with its configs: a scenario knows presets alone. Throws a CliError when one is missing. */
export function merged(service: KubeObject, store: ObjectStore): KubeObject {
  const found = withoutPresets(
    service,
    (namespace, name) => store.get(keyOf(CONFIG_RESOURCE, namespace, name))?.object,
  );
  if (!("problem" in found)) return { ...service, spec: found.spec };
  throw new CliError(`Cannot simulate "${service.metadata.name}": ${found.problem.message}`);
}

function topologyNamed(
  strategy: RehearsedStrategy,
  name: string,
  service: string | undefined,
  { image }: SimulateOptions,
  context: CliContext,
): Topology {
  const all = readTopologies(context.mocksDir());
  const found = all.find((topology) => topology.name === name);
  if (!found) {
    const names = all.map((topology) => topology.name);
    throw new CliError(`Cannot find the topology "${name}": ${suggestion(name, names)}`);
  }
  const { rollout } = found;
  const changed = { service: service ?? rollout.service, image: image ?? rollout.image };
  // Another strategy than the one that the topology describes goes by its own plan.
  const other = rehearsalOf(strategy, changed.service, changed.image);
  return { ...found, rollout: rollout.strategy === strategy ? { ...rollout, ...changed } : other };
}

/** The topologies of a folder of mocks, by name; throws a CliError about the first that is wrong. */
function readTopologies(mocksDir: string): Topology[] {
  const folder = join(mocksDir, "topologies");
  return filesIn(folder).map((file) => {
    const path = join(folder, file);
    const parsed = topologySchema.safeParse(
      sentence(() => JSON.parse(Deno.readTextFileSync(path)), `Cannot read "${path}": `),
    );
    if (parsed.success) return parsed.data;
    const { path: field, message } = parsed.error.issues[0]!;
    throw new CliError(`Cannot read "${path}": ${pathText(field)}: ${message}`);
  });
}

function filesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => name.endsWith(".json")).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** What a function throws as a sentence for the user. */
function sentence<T>(read: () => T, before = ""): T {
  try {
    return read();
  } catch (error) {
    throw new CliError(before + (error as Error).message);
  }
}

/** Prints the topologies of the mock cluster's folder. */
export function topologies(output: "text" | "json", context: CliContext): void {
  const all = readTopologies(context.mocksDir());
  const { console } = context;
  if (output === "json") {
    console.out(`${JSON.stringify(all, undefined, 2)}\n`);
    return;
  }
  if (all.length === 0) {
    console.err(`No topologies found in "${join(context.mocksDir(), "topologies")}".\n`);
    return;
  }
  const rows = all.map(({ name, about, nodes, services, rollout }) => [
    name,
    String(nodes.reduce((sum, { count, gpus }) => sum + count * gpus, 0)),
    String(services.length),
    `${rollout.strategy} of ${rollout.service}`,
    about,
  ]);
  const heads = ["NAME", "GPUS", "SERVICES", "ROLLOUT", "ABOUT"];
  const lines = table([heads, ...rows], { right: [1, 2], ...widthOf(console), drop: [4, 2, 1] });
  console.out(lines.join("\n") + "\n");
}
