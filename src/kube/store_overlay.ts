// A folder of manifests with a user's changes laid over it. Writes into the state directory alone.

import { createHash, type Hash } from "node:crypto";
import { join } from "node:path";
import { alreadyExists, KubeError, notFound } from "./errors.ts";
import { toManifest } from "./manifest.ts";
import { type KubeObject, objectKey } from "./object.ts";
import { RESOURCES } from "./resources.ts";
import type { ObjectStore, StoredObject, UnreadFile } from "./store.ts";
import { reasonOf, StoreError } from "./store_error.ts";
import { ManifestFolder } from "./store_files.ts";
import { OverlayFolder } from "./store_overlay_folder.ts";

export interface StoreLocation {
  /** A folder of manifests; never written to. */
  readonly base: string;
  /** The user's state directory, `$XDG_STATE_HOME/mtop`; made when something is written. */
  readonly stateDir: string;
}

/** Opens the store of a folder. Throws a {@linkcode StoreError} where there is none. */
export async function openStore({ base, stateDir }: StoreLocation): Promise<ObjectStore> {
  const folder = await ManifestFolder.open(base);
  return new OverlayStore(folder, new OverlayFolder(join(stateDir, "mocks", placeOf(base))));
}

/** However a user writes the folder's path, its changes are the same. */
function placeOf(base: string): string {
  try {
    return createHash("sha256").update(Deno.realPathSync(base)).digest("hex").slice(0, 16);
  } catch (error) {
    throw new StoreError(`Cannot read the manifests in "${base}": ${reasonOf(error)}`);
  }
}

interface Content {
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly unread: readonly UnreadFile[];
}

class OverlayStore implements ObjectStore {
  readonly #base: ManifestFolder;
  readonly #overlay: OverlayFolder;
  #content: Content | undefined;
  #hashOfBase: Hash | undefined;

  constructor(base: ManifestFolder, overlay: OverlayFolder) {
    this.#base = base;
    this.#overlay = overlay;
  }

  list(): readonly StoredObject[] {
    return [...this.#read().objects.values()];
  }

  get unread(): readonly UnreadFile[] {
    return this.#read().unread;
  }

  get(key: string): StoredObject | undefined {
    return this.#read().objects.get(key);
  }

  hash(): string {
    if (this.#hashOfBase === undefined) {
      this.#hashOfBase = createHash("sha256");
      this.#base.hashInto(this.#hashOfBase);
    }
    const hash = this.#hashOfBase.copy();
    this.#overlay.hashInto(hash);
    return hash.digest("hex");
  }

  create(object: KubeObject): void {
    const { key, whole } = checked(object);
    this.#change(() => {
      if (this.#exists(key)) throw alreadyExists(resourceOfKey(key), nameOfKey(key));
      this.#overlay.write(key, whole);
    });
  }

  replace(object: KubeObject): void {
    const { key, whole } = checked(object);
    this.#change(() => {
      if (!this.#exists(key)) throw notFound(resourceOfKey(key), nameOfKey(key));
      this.#overlay.write(key, whole);
    });
  }

  delete(key: string): void {
    this.#change(() => {
      if (!this.#exists(key)) throw notFound(resourceOfKey(key), nameOfKey(key));
      // What is in the base folder stays there: a tombstone hides it.
      if (this.#base.content().objects.has(key)) this.#overlay.write(key, undefined);
      else this.#overlay.remove(key);
    });
  }

  /** Asks the disk, under the lock: another process may have written since this one read. */
  #exists(key: string): boolean {
    const entry = this.#overlay.read(key);
    if (entry === undefined) return this.#base.content().objects.has(key);
    return entry.object !== undefined;
  }

  #change(write: () => void): void {
    this.#overlay.locked(write);
    this.#content = undefined;
  }

  #read(): Content {
    this.#content ??= merged(this.#base, this.#overlay);
    return this.#content;
  }
}

/** A changed object stands where the one stood that it replaces; new ones follow. */
function merged(base: ManifestFolder, overlay: OverlayFolder): Content {
  const below = base.content();
  const above = overlay.readAll();
  const objects = new Map(below.objects);
  for (const { key, object, source } of above.entries) {
    if (object === undefined) objects.delete(key);
    else objects.set(key, { object, source });
  }
  return { objects, unread: [...below.unread, ...above.unread] };
}

/** No name gets to the disk that is not one. */
function checked(object: KubeObject): { key: string; whole: KubeObject } {
  const manifest = toManifest(object);
  if (manifest.problem !== undefined) {
    const { kind, metadata } = object;
    throw new KubeError("Invalid", `${kind} "${metadata.name}" is invalid: ${manifest.problem}`);
  }
  return { key: objectKey(manifest.object), whole: manifest.object };
}

/** The resource of a key, for the words of an error; kinds that mtop does not know get a guess. */
function resourceOfKey(key: string) {
  const [group = "", kind = ""] = key.split("/");
  const known = RESOURCES.find((resource) => resource.kind === kind && resource.group === group);
  if (known !== undefined) return known;
  const singular = kind.toLowerCase();
  return {
    kind,
    group,
    version: "v1",
    plural: `${singular}s`,
    singular,
    shortNames: [],
    namespaced: true,
  };
}

function nameOfKey(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}
