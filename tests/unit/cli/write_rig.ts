// A store in memory and a console that remembers, for the commands that write.
import { DEFAULTS } from "../../../src/cli/settings.ts";
import type { WriteContext } from "../../../src/cli/write.ts";
import { alreadyExists, notFound } from "../../../src/kube/errors.ts";
import { type KubeObject, objectKey } from "../../../src/kube/object.ts";
import { RESOURCES } from "../../../src/kube/resources.ts";
import type { ObjectStore } from "../../../src/kube/store.ts";

export const API = "serving.kserve.io/v1alpha2";

export function service(name: string, spec: unknown = { model: { uri: "hf://a/b" } }): KubeObject {
  const metadata = { name, namespace: "default" };
  return { apiVersion: API, kind: "LLMInferenceService", metadata, spec } as KubeObject;
}

export function memoryStore(...objects: readonly KubeObject[]): ObjectStore {
  const held = new Map(objects.map((object) => [objectKey(object), object]));
  const resourceAt = (key: string) => RESOURCES.find(({ kind }) => kind === key.split("/")[1])!;
  const mustExist = (key: string) => {
    if (!held.has(key)) throw notFound(resourceAt(key), key.split("/")[3]!);
  };
  return {
    list: () => [...held.values()].map((object) => ({ object, source: "memory" })),
    unread: [],
    hash: () => Promise.resolve(JSON.stringify([...held.values()])),
    get: (key) => held.has(key) ? { object: held.get(key)!, source: "memory" } : undefined,
    create(object) {
      const key = objectKey(object);
      if (held.has(key)) throw alreadyExists(resourceAt(key), object.metadata.name);
      held.set(key, object);
    },
    replace(object) {
      mustExist(objectKey(object));
      held.set(objectKey(object), object);
    },
    delete(key) {
      mustExist(key);
      held.delete(key);
    },
  };
}

export interface Rig extends WriteContext {
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** What a command is handed; `input` is standard input. */
export function rig(
  { store = memoryStore(), input = "", terminal = false, namespace = "default" }: {
    store?: ObjectStore;
    input?: unknown;
    terminal?: boolean;
    namespace?: string;
  } = {},
): Rig {
  const [out, err]: [string[], string[]] = [[], []];
  return {
    console: {
      out: (text) => out.push(text) > 0,
      err: (text) => void err.push(text),
      outIsTerminal: terminal,
      errIsTerminal: terminal,
      width: undefined,
    },
    settings: () => ({ ...DEFAULTS, namespace }),
    store: () => Promise.resolve(store),
    readStdin: () => Promise.resolve(typeof input === "string" ? input : JSON.stringify(input)),
    stdout: () => out.join(""),
    stderr: () => err.join(""),
  };
}
