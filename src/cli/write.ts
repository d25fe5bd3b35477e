// `mtop create` and `mtop apply`: from manifests to the store, object by object, as kubectl tells it.

import { alreadyExists, KubeError } from "../kube/errors.ts";
import { type KubeObject, objectKey } from "../kube/object.ts";
import { resourceOf, SERVICE_RESOURCE } from "../kube/resources.ts";
import type { ObjectStore } from "../kube/store.ts";
import { type FieldValidation, type Refusal, validateDocument } from "../kube/validate.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import { generateNameOf, withGeneratedName } from "./generate_name.ts";
import { type InputDocument, type ManifestInput, readInput, readStdin } from "./manifest_input.ts";
import { checkedNamespace } from "./namespace.ts";
import { type DryRun, printWritten, refusalText, type WriteOutput } from "./write_output.ts";

export type WriteContext = Pick<CliContext, "console" | "settings" | "store"> & {
  /** The process's own standard input, unless a test has another. */
  readonly readStdin?: () => Promise<string>;
};

export interface WriteOptions {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly namespace?: string;
  readonly dryRun?: DryRun;
  readonly output?: WriteOutput;
  /** As kubectl has it: strict is its own default. */
  readonly validate?: FieldValidation;
}

/** What became of an object, in kubectl's word for it. */
type Write = (store: ObjectStore, object: KubeObject, dryRun: DryRun) => {
  readonly verb: "created" | "configured" | "unchanged";
  readonly object: KubeObject;
};

/** What kubectl was at, also when it applies what is new. */
const CREATING = "error when creating";

/** Adds objects that are new; returns the exit code. What fails does not keep the rest from it. */
export function create(options: WriteOptions, context: WriteContext): Promise<number> {
  return writeAll("create", CREATING, options, context, (store, object, dryRun) => {
    if (dryRun === "none") store.create(object);
    // Only the server knows what there is.
    else if (dryRun === "server" && store.get(objectKey(object)) !== undefined) refuse(object);
    return { verb: "created", object };
  });
}

/** Adds objects, or puts them in the place of those of their names; returns the exit code. */
export function apply(options: WriteOptions, context: WriteContext): Promise<number> {
  return writeAll("apply", "error when applying patch to", options, context, applyOne);
}

async function writeAll(
  command: string,
  doing: string,
  options: WriteOptions,
  context: WriteContext,
  write: Write,
): Promise<number> {
  const { dryRun = "none" } = options;
  const { documents, problems } = await inputOf(command, options, context);
  const store = await context.store();
  const written: KubeObject[] = [];
  for (const document of documents) {
    const object = accepted(document, doing, options, store, context);
    if (object === undefined) continue;
    try {
      const done = write(store, object, dryRun);
      await print(done, written.length === 0, options, context);
      written.push(done.object);
    } catch (error) {
      context.console.err(refusalText(error, `${doing} ${JSON.stringify(document.file)}`));
    }
  }
  if (dryRun === "none") tellWhatNext(written, context);
  const isWhole = problems.length === 0 && written.length === documents.length;
  return isWhole ? EXIT.passed : EXIT.failure;
}

async function inputOf(
  command: string,
  { filename = [], recursive = false }: WriteOptions,
  context: WriteContext,
): Promise<ManifestInput> {
  // kubectl's sentence; mtop has no kustomize.
  if (filename.length === 0) throw new CliError("must specify one of -f and -k");
  const input = await readInput(filename, {
    recursive,
    readStdin: context.readStdin ?? readStdin,
  });
  for (const problem of input.problems) context.console.err(`error: ${problem}\n`);
  if (input.documents.length > 0 || input.problems.length > 0) return input;
  throw new CliError(`no objects passed to ${command}`);
}

async function print(
  { object, verb }: ReturnType<Write>,
  isFirst: boolean,
  { output, dryRun = "none" }: WriteOptions,
  { console }: WriteContext,
): Promise<void> {
  if (output === "yaml" && !isFirst) console.out("---\n");
  await printWritten(object, verb, dryRun, output, console);
}

/** The object, if it may be written; else says why it may not. */
function accepted(
  { file, document }: InputDocument,
  doing: string,
  { namespace, validate: fields = "strict" }: WriteOptions,
  store: ObjectStore,
  { console, settings }: WriteContext,
): KubeObject | undefined {
  let stored: KubeObject | undefined;
  const home = checkedNamespace(namespace || settings().namespace);
  if (doing !== CREATING && generateNameOf(document) !== undefined) {
    console.err(`error: from ${generateNameOf(document)}: cannot use generate name with apply\n`);
    return undefined;
  }
  const named = withGeneratedName(
    document,
    (name) => store.list().some(({ object }) => object.metadata.name === name),
  );
  const validated = validateDocument(named, file, {
    namespace: home,
    fields,
    stored: (key) => stored = store.get(key)?.object,
  });
  if ("refusals" in validated) {
    const words = `${stored === undefined ? CREATING : doing} ${JSON.stringify(file)}`;
    for (const refusal of validated.refusals) console.err(`${spoken(refusal, words)}\n`);
    return undefined;
  }
  const { object, warnings } = validated;
  for (const warning of warnings) console.err(`Warning: ${warning}\n`);
  const own = object.metadata.namespace;
  if (namespace === undefined || own === undefined || own === namespace) return object;
  console.err(
    `error: the namespace from the provided object "${own}" does not match the namespace ` +
      `"${namespace}". You must pass '--namespace=${own}' to perform this operation.\n`,
  );
  return undefined;
}

/** kubectl's line for a refusal. */
function spoken({ by, text }: Refusal, doing: string): string {
  if (by === "kubectl") return `error: ${text}`;
  return by === "decoder" ? `Error from server (BadRequest): ${doing}: ${text}` : text;
}

function applyOne(store: ObjectStore, applied: KubeObject, dryRun: DryRun): ReturnType<Write> {
  const stored = store.get(objectKey(applied))?.object;
  if (stored === undefined) {
    if (dryRun === "none") return { verb: createOrReplace(store, applied), object: applied };
    return { verb: "created", object: applied };
  }
  const object = withServersFields(applied, stored);
  if (canonical(object) === canonical(stored)) return { verb: "unchanged", object };
  if (dryRun === "none") store.replace(object);
  return { verb: "configured", object };
}

/** Another process may have made it since this one looked. */
function createOrReplace(store: ObjectStore, object: KubeObject): "created" | "configured" {
  try {
    store.create(object);
    return "created";
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== "AlreadyExists") throw error;
    store.replace(object);
    return "configured";
  }
}

/** What a cluster sets and a manifest does not say stays: an object does not get younger by apply. */
function withServersFields(applied: KubeObject, stored: KubeObject): KubeObject {
  const { creationTimestamp } = stored.metadata;
  const status = applied.status ?? stored.status;
  return {
    ...applied,
    metadata: {
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...applied.metadata,
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** The same text for the same object, in whatever order its fields stand. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member) => {
    if (typeof member !== "object" || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(
      Object.entries(member).sort(([left], [right]) => left < right ? -1 : 1),
    );
  });
}

function refuse(object: KubeObject): never {
  const resource = resourceOf(object);
  // Objects of kinds that mtop does not know are refused before.
  if (resource === undefined) throw new Error(`No resource of kind ${object.kind}`);
  throw alreadyExists(resource, object.metadata.name);
}

/** For a person, who is told on a terminal only what to look at now. */
function tellWhatNext(written: readonly KubeObject[], { console, settings }: WriteContext): void {
  const service = written.find(({ kind }) => kind === SERVICE_RESOURCE.kind);
  if (service === undefined || !console.errIsTerminal) return;
  const { name, namespace = "default" } = service.metadata;
  const where = namespace === settings().namespace ? "" : ` -n ${namespace}`;
  console.err(`Next: mtop get llmisvc/${name}${where}\n`);
}
