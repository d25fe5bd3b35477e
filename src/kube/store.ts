// The port of what a cluster is told to be: manifests that can be listed, created, changed and deleted.

import type { KubeObject } from "./object.ts";

/** One object and where it stands, as its user would name the place. */
export interface StoredObject {
  readonly object: KubeObject;
  /** `mocks/crs/gpt2.json`, or the overlay's file. */
  readonly source: string;
}

/** What keeps a file from being read as manifests: one sentence, with the place. */
export interface UnreadFile {
  readonly source: string;
  readonly message: string;
}

/**
 * Specs, not status: what becomes of them is a run's to tell. A write is whole or not at all, also
 * beside another process. Errors are `KubeError`s in the API server's words.
 */
export interface ObjectStore {
  /** In order of their files; of two with the same key the overlay's wins. */
  list(): readonly StoredObject[];
  /** Files that hold no manifest that can be read; the rest is listed all the same. */
  readonly unread: readonly UnreadFile[];
  /** A hash of all that `list` is made from. Costs less than `list`: it parses nothing. */
  hash(): Promise<string>;
  get(key: string): StoredObject | undefined;
  /** Adds a new object; AlreadyExists where there is one of that key. */
  create(object: KubeObject): void;
  /** Replaces an object; NotFound where there is none of that key. */
  replace(object: KubeObject): void;
  /** Removes an object; NotFound where there is none of that key. */
  delete(key: string): void;
}
