// A folder of manifests with a user's changes laid over it. Writes into the state directory alone.

import { join } from "node:path";
import { alreadyExists, KubeError, notFound, quoted } from "./errors.ts";
import { toManifest } from "./manifest.ts";
import { type KubeObject, objectKey } from "./object.ts";
import { RESOURCES } from "./resources.ts";
import type { ObjectStore, StoredObject, UnreadFile } from "./store.ts";
import { Digest } from "./store_digest.ts";
import { reasonOf, StoreError } from "./store_error.ts";
import { ManifestFolder } from "./store_files.ts";
import { OverlayFolder } from "./store_overlay_folder.ts";

export interface StoreLocation {
  /** A folder of manifests; never written to. */
  readonly base: string;
  /**
   * The user's state directory, `$XDG_STATE_HOME/mtop`; made when something is written. Undefined
   * for a user without a home, who can change nothing.
   */
  readonly stateDir: string | undefined;
}

/** Opens the store of a folder. Throws a {@linkcode StoreError} where there is none. */
export async function openStore({ base, stateDir }: StoreLocation): Promise<ObjectStore> {
  const folder = await ManifestFolder.open(base);
  const overlay = stateDir === undefined
    ? undefined
    : new OverlayFolder(join(stateDir, "mocks", await placeOf(base)));
  return new OverlayStore(folder, overlay);
}

/** However a user writes the folder's path, its changes are the same. */
async function placeOf(base: string): Promise<string> {
  try {
    return (await new Digest().update(Deno.realPathSync(base)).hex()).slice(0, 16);
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
  readonly #overlay: OverlayFolder | undefined;
  #content: Content | undefined;
  #hashOfBase: Promise<string> | undefined;

  constructor(base: ManifestFolder, overlay: OverlayFolder | undefined) {
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

  async hash(): Promise<string> {
    if (this.#hashOfBase === undefined) {
      const digest = new Digest();
      this.#base.hashInto(digest);
      this.#hashOfBase = digest.hex();
    }
    const hash = new Digest().update(await this.#hashOfBase);
    this.#overlay?.hashInto(hash);
    return await hash.hex();
  }

  create(object: KubeObject): void {
    const { key, whole } = checked(object);
    this.#change((overlay) => {
      if (this.#exists(key)) throw alreadyExists(resourceOfKey(key), nameOfKey(key));
      overlay.write(key, whole);
    });
  }

  replace(object: KubeObject): void {
    const { key, whole } = checked(object);
    this.#change((overlay) => {
      if (!this.#exists(key)) throw notFound(resourceOfKey(key), nameOfKey(key));
      overlay.write(key, whole);
    });
  }

  /** A change that cannot be read goes, too: that is how its user gets rid of it. */
  delete(key: string): void {
    // Before the lock, which makes a folder: who deletes nothing leaves nothing.
    this.#requireDeletable(key);
    this.#change((overlay) => {
      this.#requireDeletable(key);
      // What is in the base folder stays there: a tombstone hides it.
      if (this.#base.content().objects.has(key)) overlay.write(key, undefined);
      else overlay.remove(key);
    });
  }

  #requireDeletable(key: string): void {
    if (this.#exists(key) || this.#overlay?.isBroken(key)) return;
    throw notFound(resourceOfKey(key), nameOfKey(key));
  }

  /** Asks the disk, under the lock: another process may have written since this one read. */
  #exists(key: string): boolean {
    const entry = this.#overlay?.read(key);
    if (entry === undefined) return this.#base.content().objects.has(key);
    return entry.object !== undefined;
  }

  #change(write: (overlay: OverlayFolder) => void): void {
    const overlay = this.#overlay;
    if (overlay === undefined) {
      throw new StoreError("Cannot keep changes without a home: set HOME or XDG_STATE_HOME");
    }
    overlay.locked(() => write(overlay));
    this.#content = undefined;
  }

  #read(): Content {
    this.#content ??= merged(this.#base, this.#overlay);
    return this.#content;
  }
}

/** A changed object stands where the one stood that it replaces; new ones follow. */
function merged(base: ManifestFolder, overlay: OverlayFolder | undefined): Content {
  const below = base.content();
  if (overlay === undefined) return below;
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
    throw new KubeError(
      "Invalid",
      `${kind} ${quoted(metadata.name)} is invalid: ${manifest.problem}`,
    );
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
