// `mtop delete`: by type and name, by file, or all of a type and namespace.

import { KubeError, notFound } from "../kube/errors.ts";
import { toManifest } from "../kube/manifest.ts";
import type { KubeObject } from "../kube/object.ts";
import {
  CONFIG_RESOURCE,
  keyOf,
  type Resource,
  resourceOf,
  SERVICE_RESOURCE,
} from "../kube/resources.ts";
import type { ObjectStore } from "../kube/store.ts";
import { deletionWarnings } from "../kube/validate_webhook.ts";
import { CliError, EXIT } from "./exit.ts";
import { knownResource, parseArguments } from "./get_arguments.ts";
import { readInput, readStdin } from "./manifest_input.ts";
import { checkedNamespace } from "./namespace.ts";
import type { WriteContext } from "./write.ts";
import { deletedText, type DryRun, refusalText, typedName } from "./write_output.ts";

export interface DeleteOptions {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly namespace?: string;
  readonly all?: true;
  readonly allNamespaces?: true;
  readonly ignoreNotFound?: true;
  readonly dryRun?: DryRun;
  readonly output?: "name";
}

/** One object to delete; `file` where a file named it. */
interface Target {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly file?: string;
}

const NOTHING = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

/** Deletes what the words and files name; returns the exit code. */
export async function deleteObjects(
  words: readonly string[],
  options: DeleteOptions,
  context: WriteContext,
): Promise<number> {
  const { console } = context;
  const { targets, problems } = await targetsOf(words, options, context);
  for (const problem of problems) console.err(`error: ${problem}\n`);
  const store = await context.store();
  let isWhole = problems.length === 0;
  for (const target of targets) {
    try {
      console.out(deleteOne(store, target, options));
      const { resource, name, namespace } = target;
      const warnings = resource === CONFIG_RESOURCE ? deletionWarnings({ namespace, name }) : [];
      for (const warning of warnings) console.err(`Warning: ${warning}\n`);
    } catch (error) {
      if (mayBeMissing(error, options)) continue;
      console.err(refusalText(error, target.file && `error when deleting "${target.file}"`));
      isWhole = false;
    }
  }
  // Where kubectl says it: on standard output, as the lines of what was deleted.
  if (isWhole && targets.length === 0) console.out("No resources found\n");
  return isWhole ? EXIT.passed : EXIT.failure;
}

/** With `--all` another process was faster, which is as good. */
function mayBeMissing(error: unknown, { ignoreNotFound, all }: DeleteOptions): boolean {
  const isMissing = error instanceof KubeError && error.reason === "NotFound";
  return isMissing && (ignoreNotFound === true || all === true);
}

/** Returns what to print of it. */
function deleteOne(
  store: ObjectStore,
  { resource, namespace, name }: Target,
  { dryRun = "none", output }: DeleteOptions,
): string {
  const key = keyOf(resource, namespace, name);
  const stored = store.get(key)?.object;
  if (dryRun === "none") store.delete(key);
  else if (stored === undefined) throw notFound(resource, name);
  // Of a change that is broken the store knows the name only, and removes it all the same.
  const object = stored ?? namedObject(resource, name);
  return output === "name" ? `${typedName(object)}\n` : deletedText(object, dryRun);
}

function namedObject({ group, version, kind }: Resource, name: string): KubeObject {
  return { apiVersion: group === "" ? version : `${group}/${version}`, kind, metadata: { name } };
}

async function targetsOf(
  words: readonly string[],
  options: DeleteOptions,
  context: WriteContext,
): Promise<{ targets: readonly Target[]; problems: readonly string[] }> {
  const namespace = checkedNamespace(options.namespace || context.settings().namespace);
  const { filename = [] } = options;
  if (filename.length > 0) {
    refuseBesideFiles(words, options);
    return await targetsInFiles(filename, namespace, options, context);
  }
  if (words.length === 0) throw new CliError(NOTHING);
  const store = await context.store();
  const names = serviceNames(store, namespace);
  const targets = parseArguments(words, () => names).flatMap(({ resource, name }) => {
    if (name !== undefined) {
      refuseName(words, names, options);
      return [{ resource: writable(resource), namespace, name }];
    }
    if (!options.all) throw new CliError("resource(s) were provided, but no name was specified");
    return allOf(writable(resource), options.allNamespaces ? undefined : namespace, store);
  });
  return { targets, problems: [] };
}

function refuseBesideFiles(words: readonly string[], { all }: DeleteOptions): void {
  if (words.length > 0) {
    throw new CliError(
      "when paths, URLs, or stdin is provided as input, you may not specify resource arguments " +
        "as well",
    );
  }
  if (all) throw new CliError("cannot set --all and --filename at the same time");
}

/** A name beside an option that means many; a word alone may be a mistyped type, not a name. */
function refuseName(
  words: readonly string[],
  services: readonly string[],
  { all, allNamespaces }: DeleteOptions,
): void {
  const [word = ""] = words;
  if (all && words.length === 1 && !word.includes("/") && !services.includes(word)) {
    knownResource(word);
  }
  if (all) throw new CliError("name cannot be provided when --all is specified");
  if (allNamespaces) {
    throw new CliError("a resource cannot be retrieved by name across all namespaces");
  }
}

function serviceNames(store: ObjectStore, namespace: string): string[] {
  return allOf(SERVICE_RESOURCE, namespace, store).map(({ name }) => name);
}

function allOf(resource: Resource, namespace: string | undefined, store: ObjectStore): Target[] {
  return store.list().map(({ object }) => object)
    .filter((object) => resourceOf(object) === resource)
    .filter(({ metadata }) =>
      namespace === undefined || !resource.namespaced || metadata.namespace === namespace
    )
    .map(({ metadata }) => ({
      resource,
      namespace: metadata.namespace ?? "",
      name: metadata.name,
    }));
}

async function targetsInFiles(
  filename: readonly string[],
  namespace: string,
  options: DeleteOptions,
  context: WriteContext,
): Promise<{ targets: readonly Target[]; problems: readonly string[] }> {
  const input = await readInput(filename, {
    recursive: options.recursive === true,
    readStdin: context.readStdin ?? readStdin,
  });
  const targets: Target[] = [];
  const problems = [...input.problems];
  for (const { file, document } of input.documents) {
    const manifest = toManifest(document, namespace);
    const resource = manifest.problem === undefined ? resourceOf(manifest.object) : undefined;
    if (manifest.problem !== undefined) {
      problems.push(`unable to decode ${JSON.stringify(file)}: ${manifest.problem}`);
    } else if (resource === undefined) {
      problems.push(`the server doesn't have a resource type "${manifest.object.kind}"`);
    } else {
      const { name, namespace: own = "" } = manifest.object.metadata;
      targets.push({ resource: writable(resource), namespace: own, name, file });
    }
  }
  return { targets, problems };
}

/** Of what a cluster makes itself it would only make another. */
function writable(resource: Resource): Resource {
  const kinds = [SERVICE_RESOURCE.kind, CONFIG_RESOURCE.kind, "Node"];
  if (kinds.includes(resource.kind)) return resource;
  throw new CliError(
    `Cannot delete ${resource.plural}: the mock cluster makes its own from ` +
      `${kinds.slice(0, -1).join(", ")} and ${kinds.at(-1)} objects, so delete one of those`,
  );
}
