// The cache of simulated presents: a log and the state at its end, by the hash of all they come from.

import { join } from "node:path";
import type { ObjectStore } from "../kube/store.ts";
import { Digest } from "../kube/store_digest.ts";
import { cacheDir, ownPath } from "./directories.ts";
import { type KeptPresent, readPresent, writePresent } from "./present_file.ts";

/** Presents that are kept; the one that was used longest ago goes first. */
const KEPT = 8;
const LOG = ".jsonl.zst";
const STATE = ".state";

/** Two files: `log` is written by whoever simulates, under another name first. */
export class PresentCache {
  readonly #directory: string;
  readonly #key: string;

  private constructor(directory: string, key: string) {
    this.#directory = directory;
    this.#key = key;
  }

  /** Undefined when there is no place for a cache. */
  static async open(storeHash: string): Promise<PresentCache | undefined> {
    const base = cacheDir();
    if (base === undefined) return undefined;
    const key = await programInto(new Digest().update(storeHash)).hex();
    return new PresentCache(join(base, "present"), key.slice(0, 32));
  }

  get logPath(): string {
    return this.#path(LOG);
  }

  /**
   * The state at the end of the log, when both are there; with `kinds`, objects of these kinds
   * only. Whatever is wrong is a miss.
   */
  read(kinds?: readonly string[]): KeptPresent | undefined {
    try {
      Deno.statSync(this.logPath);
      return readPresent(this.#path(STATE), kinds);
    } catch {
      return undefined;
    }
  }

  /** Where the log is to be written before it is whole; throws when there is no room. */
  begin(): string {
    Deno.mkdirSync(this.#directory, { recursive: true });
    return this.#path(`.${Deno.pid}.tmp${LOG}`);
  }

  /** The log that was begun is whole: it and its state appear, the state last. */
  commit(begun: string, present: KeptPresent): void {
    const temporary = this.#path(`.${Deno.pid}.tmp${STATE}`);
    writePresent(temporary, present);
    Deno.renameSync(begun, this.logPath);
    Deno.renameSync(temporary, this.#path(STATE));
    this.#prune();
  }

  #path(ending: string): string {
    return join(this.#directory, this.#key + ending);
  }

  /** Old presents, and what a kill left behind; another process may be doing the same. */
  #prune(): void {
    const files = [...Deno.readDirSync(this.#directory)].flatMap(({ name }) => {
      try {
        const mtime = Deno.statSync(join(this.#directory, name)).mtime?.getTime() ?? 0;
        return [{ name, mtime }];
      } catch {
        return [];
      }
    }).sort((a, b) => b.mtime - a.mtime);
    for (const { name } of files.slice(2 * KEPT)) {
      try {
        Deno.removeSync(join(this.#directory, name));
      } catch {
        // Gone already.
      }
    }
  }
}

/**
 * The present of a store where it was simulated before, of its objects those of `kinds` alone;
 * simulates nothing and writes nothing.
 */
export async function cachedPresent(
  store: ObjectStore,
  kinds: readonly string[],
): Promise<KeptPresent | undefined> {
  return (await PresentCache.open(await store.hash()))?.read(kinds);
}

/** Of the source tree as it is: an engine that was changed must not answer from an old present. */
function programInto(hash: Digest): Digest {
  const walk = (directory: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(directory)) {
      const path = `${directory}/${name}`;
      if (isDirectory) walk(path);
      else {
        const { size, mtime } = Deno.statSync(path);
        hash.update(`${path} ${size} ${mtime?.getTime()}\n`);
      }
    }
  };
  for (const floor of FLOORS_OF_A_RUN) walk(ownPath(`src/${floor}`));
  return hash;
}

/** Floors that a simulation or the shape of its state depends on. */
const FLOORS_OF_A_RUN = [
  "calibration",
  "fleet",
  "kube",
  "load",
  "log",
  "metrics",
  "scenario",
  "serving",
  "sim",
];
