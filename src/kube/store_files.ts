// Reads a folder of manifests, whoever wrote it. Writes nothing, and knows no kind's own shape.

import { join } from "node:path";
import { printable } from "./errors.ts";
import { documentsOf, toManifest } from "./manifest.ts";
import { objectKey } from "./object.ts";
import type { StoredObject, UnreadFile } from "./store.ts";
import type { Digest } from "./store_digest.ts";
import { reasonOf, StoreError } from "./store_error.ts";
import { parseJson } from "./store_json.ts";
import type { parseYaml } from "./store_yaml.ts";

/** At the top of the folder: files of mtop's own that are no manifests. */
const NO_MANIFESTS: ReadonlySet<string> = new Set(["topologies", "pod_logs"]);
const EXTENSION = /\.(?:json|ya?ml)$/i;
/** An object in a cluster is below 1.5 MB (etcd); a list of a great many of them is below this. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** A folder that holds more is not one of manifests, but somebody's home. */
const MAX_FILES = 200_000;

interface ManifestFile {
  /** With slashes, from the folder: the same on every machine. */
  readonly relative: string;
  readonly path: string;
}

export interface FolderContent {
  /** By key, in order of the files. */
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly unread: readonly UnreadFile[];
}

/** The manifests of one folder as they are on disk when first asked for. */
export class ManifestFolder {
  readonly #files: readonly ManifestFile[];
  readonly #unread: UnreadFile[] = [];
  readonly #parseYaml: typeof parseYaml | undefined;
  /** Until the files are parsed: hashing and parsing read them once. */
  readonly #bytes = new Map<string, Uint8Array>();
  #content: FolderContent | undefined;

  private constructor(
    files: readonly ManifestFile[],
    unread: UnreadFile[],
    yaml: typeof parseYaml | undefined,
  ) {
    this.#files = files;
    this.#unread = unread;
    this.#parseYaml = yaml;
  }

  /** Reads names only. The YAML parser is loaded when there is a YAML file. */
  static async open(base: string): Promise<ManifestFolder> {
    const unread: UnreadFile[] = [];
    const files = [...walk(base, unread)];
    const yaml = files.some(({ relative }) => !/\.json$/i.test(relative))
      ? (await import("./store_yaml.ts")).parseYaml
      : undefined;
    return new ManifestFolder(files, unread, yaml);
  }

  /** Adds names and bytes of all files. */
  hashInto(hash: Digest): void {
    for (const file of this.#files) {
      const bytes = this.#read(file);
      // The length ends the name's and the bytes' meaning: no two folders run into one stream.
      hash.update(`${file.relative}\0${bytes?.length ?? -1}\0`);
      if (bytes !== undefined) hash.update(bytes);
    }
  }

  content(): FolderContent {
    this.#content ??= this.#parseAll();
    return this.#content;
  }

  #parseAll(): FolderContent {
    const objects = new Map<string, StoredObject>();
    const unread: UnreadFile[] = [...this.#unread];
    for (const file of this.#files) {
      const bytes = this.#read(file, unread);
      if (bytes === undefined) continue;
      for (const problem of this.#parse(file, bytes, objects)) {
        const message = printable(`Cannot read "${file.path}": ${problem}`);
        unread.push({ source: file.path, message });
      }
      this.#bytes.delete(file.relative);
    }
    return { objects, unread };
  }

  /** Adds the objects of one file; yields what is wrong with the others. */
  *#parse(
    { path, relative }: ManifestFile,
    bytes: Uint8Array,
    objects: Map<string, StoredObject>,
  ): Generator<string> {
    let documents: readonly unknown[];
    try {
      documents = this.#documents(relative, new TextDecoder().decode(bytes));
    } catch (error) {
      return yield (error as Error).message;
    }
    for (const document of documents.flatMap((document) => [...documentsOf(document)])) {
      const manifest = toManifest(document);
      if (manifest.problem !== undefined) {
        yield manifest.problem;
        continue;
      }
      const key = objectKey(manifest.object);
      const earlier = objects.get(key);
      if (earlier === undefined) objects.set(key, { object: manifest.object, source: path });
      else yield `${manifest.object.kind} ${nameOf(key)} is in "${earlier.source}" already`;
    }
  }

  #documents(relative: string, text: string): readonly unknown[] {
    if (text.trim() === "") return [];
    if (/\.json$/i.test(relative)) return [parseJson(text)];
    return this.#parseYaml?.(text) ?? [];
  }

  #read({ path, relative }: ManifestFile, unread?: UnreadFile[]): Uint8Array | undefined {
    const known = this.#bytes.get(relative);
    if (known !== undefined) return known;
    try {
      const bytes = Deno.readFileSync(path);
      this.#bytes.set(relative, bytes);
      return bytes;
    } catch (error) {
      unread?.push(unreadFile(path, error));
      return undefined;
    }
  }
}

/** `namespace/name`, or the name alone. */
function nameOf(key: string): string {
  return key.split("/").slice(2).filter((part) => part !== "").join("/");
}

/** Every manifest file below, in order of names; a folder that is linked twice is read once. */
function* walk(base: string, unread: UnreadFile[]): Generator<ManifestFile> {
  const visited = new Set<string>();
  let count = 0;
  function* inside(directory: string, prefix: string): Generator<ManifestFile> {
    for (const name of namesIn(directory, visited)) {
      const isTop = prefix === "";
      if (name.startsWith(".") || (isTop && NO_MANIFESTS.has(name))) continue;
      const path = join(directory, name);
      const relative = prefix + name;
      try {
        const { isDirectory, isFile, size } = Deno.statSync(path);
        if (isDirectory) yield* inside(path, `${relative}/`);
        // A pipe would be waited for, for ever.
        if (!isFile || !EXTENSION.test(name)) continue;
        if (size > MAX_FILE_BYTES) throw new Error(`it is larger than ${MAX_FILE_BYTES} bytes`);
        if (++count > MAX_FILES) throw new StoreError(`"${base}" holds over ${MAX_FILES} files`);
        yield { relative, path };
      } catch (error) {
        if (error instanceof StoreError) throw error;
        unread.push(unreadFile(path, error));
      }
    }
  }
  try {
    yield* inside(base, "");
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const missing = error instanceof Deno.errors.NotFound;
    const reason = missing ? "no such directory" : reasonOf(error);
    throw new StoreError(`Cannot read the manifests in "${base}": ${reason}`, { cause: error });
  }
}

/** In code-unit order, which no locale changes. */
function namesIn(directory: string, visited: Set<string>): string[] {
  const real = Deno.realPathSync(directory);
  if (visited.has(real)) return [];
  visited.add(real);
  return Array.from(Deno.readDirSync(directory), ({ name }) => name).sort();
}

function unreadFile(path: string, error: unknown): UnreadFile {
  return { source: path, message: `Cannot read "${path}": ${reasonOf(error)}` };
}
