// A user's changes on disk, a file each: written whole or not at all, also beside another process.

import { join } from "node:path";
import { isRecord } from "./fields.ts";
import { toManifest } from "./manifest.ts";
import { type KubeObject, objectKey } from "./object.ts";
import type { UnreadFile } from "./store.ts";
import type { Digest } from "./store_digest.ts";
import { reasonOf, StoreError } from "./store_error.ts";
import { parseJson } from "./store_json.ts";

/** Raised when a file of an earlier mtop would be misread. */
const FORMAT = 1;
const LOCK_FILE = ".lock";
/** A write takes milliseconds; who waits longer than this waits for a process that hangs. */
const LOCK_WAIT_MS = 5_000;
const LOCK_POLL_MS = 5;
/** File systems take 255 bytes; names of objects may have 253, and the kind comes before. */
const MAX_STEM = 200;

/** What a user does about a change that cannot be read. */
const HEALING = "delete the file, or create or apply the object again";

/** An object, or without one a tombstone: what the base folder has under this key is deleted. */
export interface OverlayEntry {
  readonly key: string;
  readonly object?: KubeObject;
  /** The file. */
  readonly source: string;
}

export class OverlayFolder {
  readonly #directory: string;
  #isSwept = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** All changes, in order of the files' names. */
  readAll(): { entries: readonly OverlayEntry[]; unread: readonly UnreadFile[] } {
    const entries: OverlayEntry[] = [];
    const unread: UnreadFile[] = [];
    for (const name of this.#names(unread)) {
      const source = join(this.#directory, name);
      try {
        const entry = parseEntry(source, Deno.readTextFileSync(source));
        if (fileName(entry.key) !== name) throw new Error("its name is not that of its object");
        entries.push(entry);
      } catch (error) {
        // Removed by another process a moment ago: then it is not there.
        if (error instanceof Deno.errors.NotFound) continue;
        unread.push({
          source,
          message: `Cannot read the change in "${source}": ${reasonOf(error)}; ${HEALING}`,
        });
      }
    }
    return { entries, unread };
  }

  /** The change of one object; undefined where there is none, or none that can be read. */
  read(key: string): OverlayEntry | undefined {
    const source = join(this.#directory, fileName(key));
    try {
      const entry = parseEntry(source, Deno.readTextFileSync(source));
      return entry.key === key ? entry : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whether there is a file for this object's change, but none that can be read. */
  isBroken(key: string): boolean {
    if (this.read(key) !== undefined) return false;
    try {
      return Deno.statSync(join(this.#directory, fileName(key))).isFile;
    } catch {
      return false;
    }
  }

  /** Adds names and bytes of all changes. */
  hashInto(hash: Digest): void {
    for (const name of this.#names([])) {
      try {
        const bytes = Deno.readFileSync(join(this.#directory, name));
        hash.update(`${name}\0${bytes.length}\0`).update(bytes);
      } catch {
        // What cannot be read is not listed either.
        hash.update(`${name}\0-1\0`);
      }
    }
  }

  /** Call it in `locked`. Without an object it writes a tombstone. */
  write(key: string, object: KubeObject | undefined): void {
    const entry = {
      format: FORMAT,
      key,
      ...(object === undefined ? { deleted: true } : { object }),
    };
    const target = join(this.#directory, fileName(key));
    const temporary = join(this.#directory, `.${crypto.randomUUID()}.tmp`);
    this.#told(() => {
      try {
        writeDurably(temporary, `${JSON.stringify(entry, undefined, 2)}\n`);
        Deno.renameSync(temporary, target);
      } catch (error) {
        removeIfThere(temporary);
        throw error;
      }
    });
  }

  /** Call it in `locked`. */
  remove(key: string): void {
    this.#told(() => Deno.removeSync(join(this.#directory, fileName(key))));
  }

  /** Runs `change` while no other process can; waits for one, but not for ever. */
  locked(change: () => void): void {
    const lock = this.#told(() => {
      Deno.mkdirSync(this.#directory, { recursive: true });
      return Deno.openSync(join(this.#directory, LOCK_FILE), { create: true, write: true });
    });
    try {
      this.#takeLock(lock);
      this.#removeLeftovers();
      change();
    } finally {
      // Closing frees the lock; so does the death of the process.
      lock.close();
    }
  }

  #takeLock(lock: Deno.FsFile): void {
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    for (let waitedMs = 0; !tryLock(lock); waitedMs += LOCK_POLL_MS) {
      if (waitedMs >= LOCK_WAIT_MS) {
        throw new StoreError(
          `Cannot write to "${this.#directory}": another mtop has held its lock for ` +
            `${LOCK_WAIT_MS / 1000} s; try again when it is done`,
        );
      }
      Atomics.wait(sleeper, 0, 0, LOCK_POLL_MS);
    }
  }

  /** Temporary files of writers that were killed: who holds the lock is the only writer alive. */
  #removeLeftovers(): void {
    if (this.#isSwept) return;
    this.#isSwept = true;
    for (const { name } of Deno.readDirSync(this.#directory)) {
      if (name.startsWith(".") && name.endsWith(".tmp")) removeIfThere(join(this.#directory, name));
    }
  }

  #names(unread: UnreadFile[]): string[] {
    try {
      return Array.from(Deno.readDirSync(this.#directory), ({ name }) => name)
        .filter((name) => !name.startsWith(".")).sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      const message = `Cannot read the changes in "${this.#directory}": ${reasonOf(error)}`;
      unread.push({ source: this.#directory, message });
      return [];
    }
  }

  #told<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      const message = `Cannot write to "${this.#directory}": ${reasonOf(error)}`;
      throw new StoreError(message, { cause: error });
    }
  }
}

/** `LLMInferenceService_serving.kserve.io_default_gpt2.json`: no name of an object has a `_`. */
function fileName(key: string): string {
  const [group = "", kind = "", namespace = "", name = ""] = key.split("/");
  const stem = [kind, group, namespace, name].join("_");
  if (stem.length <= MAX_STEM) return `${stem}.json`;
  // Synchronous, and hardly ever needed: only then is node:crypto worth its loading.
  const { createHash } = globalThis.process.getBuiltinModule("node:crypto");
  const hash = createHash("sha256").update(key).digest("hex").slice(0, 16);
  return `${stem.slice(0, MAX_STEM)}_${hash}.json`;
}

function parseEntry(source: string, text: string): OverlayEntry {
  const file = parseJson(text);
  if (!isRecord(file) || typeof file["key"] !== "string") throw new Error("it is not mtop's");
  const { format, key, deleted, object } = file;
  if (format !== FORMAT) throw new Error(`its format is ${format}, and this mtop reads ${FORMAT}`);
  if (deleted === true) return { key, source };
  const manifest = toManifest(object);
  if (manifest.problem !== undefined) throw new Error(manifest.problem);
  if (objectKey(manifest.object) !== key) throw new Error("its key is not that of its object");
  return { key, object: manifest.object, source };
}

/** On the disk before it gets its name: a rename may reach the disk before the bytes do. */
function writeDurably(path: string, text: string): void {
  using file = Deno.openSync(path, { createNew: true, write: true });
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
  file.syncDataSync();
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is not there, which is what was wanted.
  }
}

/** File systems without locks (some network ones) throw: there renaming alone must do. */
function tryLock(lock: Deno.FsFile): boolean {
  try {
    return lock.tryLockSync(true);
  } catch {
    return true;
  }
}
