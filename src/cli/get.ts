// `mtop get` and `mtop list`: objects of the world, in kubectl's tables and formats.

import { fromStorage } from "../kube/conversion.ts";
import { notFound, serverErrorText } from "../kube/errors.ts";
import type { KubeObject } from "../kube/object.ts";
import { qualifiedPlural, type Resource, SERVICE_RESOURCE } from "../kube/resources.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import {
  kindsOf,
  knownResource,
  parseArguments,
  type Selection,
  wordHint,
} from "./get_arguments.ts";
import { formatObjects, type Output, parseOutput, type Printed } from "./output.ts";
import type { World, WorldOptions } from "./world.ts";

export type ReadContext = Pick<CliContext, "console" | "finish" | "world">;

/** Which objects a reading command looks at. */
export interface ScopeOptions {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
}

export interface GetOptions extends ScopeOptions, WorldOptions {
  readonly output?: string;
  readonly watch?: boolean;
  readonly headers?: boolean;
  readonly sortBy?: string;
  readonly showLabels?: boolean;
  readonly showKind?: boolean;
  readonly labelColumns?: readonly string[];
  readonly ignoreNotFound?: boolean;
}

export const DEFAULT_NAMESPACE = "default";

/** What was found, and the API server's lines about what was not, with what may have been meant. */
export interface Found {
  readonly groups: readonly { readonly resource: Resource; readonly objects: KubeObject[] }[];
  readonly errors: readonly string[];
  /** One object was asked for by its name. */
  readonly single: boolean;
}

export async function get(
  words: readonly string[],
  options: GetOptions,
  context: ReadContext,
): Promise<void> {
  const { console, finish } = context;
  if (words.length === 0) {
    console.err(missingTypeText("get"));
    return finish(EXIT.failure);
  }
  const output = parseOutput(options.output);
  const world = await context.world({ ...options, kinds: kindsOf(words) });
  const found = await findObjects(words, options, world);
  const groups = await sortedGroups(found.groups, options.sortBy);
  const text = output.format === "table" || output.format === "wide"
    ? await tables(groups, { ...options, ...found, output, world, width: console.width })
    : await formatted(groups, output, found, options);
  if (text !== "") console.out(text);
  for (const error of found.errors) console.err(`${error}\n`);
  if (text === "" && isTable(output) && found.errors.length === 0 && !options.ignoreNotFound) {
    console.err(nothingFoundText(groups, options));
  }
  if (options.watch === true) console.err(WATCH_TEXT);
  if (found.errors.length > 0) finish(EXIT.failure);
}

/** `mtop list`: the services of all namespaces, where none is named. */
export function list(options: GetOptions, context: ReadContext): Promise<void> {
  const allNamespaces = options.allNamespaces ?? options.namespace === undefined;
  return get([SERVICE_RESOURCE.plural], { ...options, allNamespaces }, context);
}

/** Said once what there was is printed: a recorded or a mock instant has no next one. */
export const WATCH_TEXT =
  "warning: nothing is watched: this instant does not move, mtop top shows the cluster as it runs\n";

export function missingTypeText(command: string): string {
  return `You must specify the type of resource to ${command}. ` +
    `Use "mtop api-resources" for a complete list of supported resources.\n\n` +
    // kubectl's line about its explain is left out: mtop has none.
    "error: Required resource not specified.\n" +
    `See 'mtop ${command} -h' for help and examples\n`;
}

function nothingFoundText(groups: Found["groups"], options: GetOptions): string {
  const namespaced = !options.allNamespaces && groups.every(({ resource }) => resource.namespaced);
  return namespaced
    ? `No resources found in ${options.namespace ?? DEFAULT_NAMESPACE} namespace.\n`
    : "No resources found\n";
}

function isTable({ format }: Output): boolean {
  return format === "table" || format === "wide";
}

/** The objects that the words and the options mean, by resource in the order of the words. */
export async function findObjects(
  words: readonly string[],
  options: ScopeOptions & { readonly ignoreNotFound?: boolean },
  world: World,
): Promise<Found> {
  const namespace = options.namespace ?? DEFAULT_NAMESPACE;
  const services = () => objectsOf(SERVICE_RESOURCE, world, namespace).map(nameOf);
  const selections = parseArguments(words, services);
  checkScope(words, selections, options, world);
  const matches = await matcher(options);
  const groups: { resource: Resource; objects: KubeObject[] }[] = [];
  const errors: string[] = [];
  for (const { resource, name, old } of selections) {
    const scope = options.allNamespaces && name === undefined ? undefined : namespace;
    const all = await listed(resource, world, scope);
    const objects = name === undefined
      ? all.filter((object) => matches(resource, object))
      : all.filter((object) => object.metadata.name === name);
    if (name !== undefined && objects.length === 0 && !options.ignoreNotFound) {
      errors.push(...missingTexts(resource, name, words, world, namespace));
    }
    const group = groups.at(-1);
    const shown = old ? objects.map(fromStorage) : objects;
    if (group?.resource === resource) group.objects.push(...shown);
    else groups.push({ resource, objects: shown });
  }
  const single = selections.length === 1 && selections[0]!.name !== undefined;
  return { groups, errors, single };
}

/** The API server's line, and behind a word alone, which may be anything, what it may be. */
function missingTexts(
  resource: Resource,
  name: string,
  words: readonly string[],
  world: World,
  namespace: string,
): string[] {
  const error = serverErrorText(notFound(resource, name));
  if (words.length > 1 || words[0] !== name) return [error];
  return [error, wordHint(name, objectsOf(SERVICE_RESOURCE, world, undefined), namespace)];
}

function checkScope(
  words: readonly string[],
  selections: readonly Selection[],
  options: ScopeOptions,
  world: World,
): void {
  if (selections.every(({ name }) => name === undefined)) return;
  // Beside what asks for many, a word alone that is no service can only be meant as a type.
  const [word = ""] = words;
  const many = options.allNamespaces || options.selector || options.fieldSelector;
  if (many && words.length === 1 && !word.includes("/")) {
    const services = objectsOf(SERVICE_RESOURCE, world, undefined).map(nameOf);
    if (!services.includes(word)) knownResource(word);
  }
  if (options.allNamespaces) {
    throw new CliError("a resource cannot be retrieved by name across all namespaces");
  }
  if (options.selector || options.fieldSelector) {
    throw new CliError("name cannot be provided when a selector is specified");
  }
}

type Matcher = (resource: Resource, object: KubeObject) => boolean;

async function matcher({ selector, fieldSelector }: ScopeOptions): Promise<Matcher> {
  if (!selector && !fieldSelector) return () => true;
  const [{ parseLabelSelector }, { parseFieldSelector }] = await Promise.all([
    import("../kube/selector.ts"),
    import("../kube/field_selector.ts"),
  ]);
  const labels = selector ? parseLabelSelector(selector) : { matches: () => true };
  if ("problem" in labels) throw new CliError(labels.problem);
  return (resource, object) => {
    if (!labels.matches(object.metadata.labels ?? {})) return false;
    if (!fieldSelector) return true;
    const fields = parseFieldSelector(fieldSelector, resource.kind);
    if ("matches" in fields) return fields.matches(object);
    throw new CliError(`Unable to find "${qualifiedPlural(resource)}": ${fields.problem}`);
  };
}

/** Objects of a resource as the API server lists them; a namespace of undefined is every one. */
async function listed(
  resource: Resource,
  world: World,
  namespace: string | undefined,
): Promise<KubeObject[]> {
  if (resource.kind !== "Event") return objectsOf(resource, world, namespace);
  const { eventObject, eventRows } = await import("./event_objects.ts");
  const objects = (await eventRows(world)).map(eventObject);
  return inOrder(objects.filter((object) => isIn(object, namespace)));
}

function objectsOf(
  resource: Resource,
  { state }: World,
  namespace: string | undefined,
): KubeObject[] {
  const prefix = `${resource.group}/${resource.kind}/`;
  const objects: KubeObject[] = [];
  for (const key of Object.keys(state.objects)) {
    if (!key.startsWith(prefix)) continue;
    const object = state.objects[key]!;
    if (!resource.namespaced || isIn(object, namespace)) objects.push(object);
  }
  return inOrder(objects);
}

function isIn(object: KubeObject, namespace: string | undefined): boolean {
  return namespace === undefined || object.metadata.namespace === namespace;
}

function nameOf({ metadata }: KubeObject): string {
  return metadata.name;
}

/** By namespace and name, which is the order of their keys in etcd. */
function inOrder(objects: KubeObject[]): KubeObject[] {
  const key = ({ metadata: { namespace = "", name } }: KubeObject) => `${namespace}/${name}`;
  const keyed = objects.map((object) => ({ object, key: key(object) }));
  return keyed.sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
    .map(({ object }) => object);
}

async function sortedGroups(
  groups: Found["groups"],
  sortBy: string | undefined,
): Promise<Found["groups"]> {
  if (sortBy === undefined) return groups;
  const { sortObjects } = await import("./sort_objects.ts");
  return groups.map(({ resource, objects }) => ({
    resource,
    objects: sortObjects(objects, sortBy),
  }));
}

interface TableContext extends Omit<GetOptions, "output"> {
  readonly output: Output;
  readonly world: World;
  readonly width: number | undefined;
}

/** A table a resource, a blank line between them. */
async function tables(groups: Found["groups"], options: TableContext): Promise<string> {
  const { resourceTable } = await import("../view/printers.ts");
  const shown = groups.filter(({ objects }) => objects.length > 0);
  const several = groups.length > 1;
  return shown.map(({ resource, objects }) => {
    const lines = resourceTable(resource, objects, {
      nowUs: options.world.nowUs,
      wide: options.output.format === "wide",
      headers: options.headers ?? true,
      namespaces: resource.namespaced && (options.allNamespaces ?? false),
      labels: options.showLabels ?? false,
      labelColumns: options.labelColumns ?? [],
      kinds: several || (options.showKind ?? false),
      width: options.width,
    });
    return lines.map((line) => `${line}\n`).join("");
  }).join("\n");
}

async function formatted(
  groups: Found["groups"],
  output: Output,
  { single, errors }: Found,
  options: GetOptions,
): Promise<string> {
  const items = groups.flatMap(({ objects }) => objects);
  if (items.length === 0 && (options.ignoreNotFound || (single && errors.length > 0))) return "";
  const printed: Printed = single && items[0] !== undefined ? { object: items[0] } : { items };
  return await formatObjects(output, printed, options.headers ?? true);
}
