// Names of the mock cluster for completion: from its files, and from a present that is there already.

import { join } from "node:path";
import type { KubeObject } from "../kube/object.ts";
import { type Resource, resourceOf } from "../kube/resources.ts";
import type { CliContext } from "./context.ts";

/** A name, and in a few words what it is the name of. */
export interface Candidate {
  readonly value: string;
  readonly about?: string;
}

/** What completion asks of a cluster; nothing of it may take long. */
export interface NameSource {
  /** Where a command looks that names no namespace. */
  namespace(): Promise<string>;
  namespaces(): Promise<readonly Candidate[]>;
  /** Objects of a resource in a namespace, or with undefined in all. */
  names(resource: Resource, namespace: string | undefined): Promise<readonly Candidate[]>;
  /** Of a pod, or of the pods of a service. */
  containers(target: string, namespace: string): Promise<readonly Candidate[]>;
  topologies(): Promise<readonly Candidate[]>;
}

/** Kinds that manifests tell of; all others come to be in a run. */
const STORED: ReadonlySet<string> = new Set([
  "LLMInferenceService",
  "LLMInferenceServiceConfig",
  "Node",
]);

/** The mock cluster. Simulates nothing: what only a run can tell is known once there was one. */
export class MockNames implements NameSource {
  readonly #open: () => Promise<CliContext>;
  #context: Promise<CliContext> | undefined;

  /** Opened when the first name is asked for: most lines need none. */
  constructor(open: () => Promise<CliContext>) {
    this.#open = open;
  }

  async namespace(): Promise<string> {
    return (await this.#opened()).settings().namespace;
  }

  async namespaces(): Promise<readonly Candidate[]> {
    const objects = await this.#stored();
    const names = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
    return [...names].sort().map((value) => ({ value }));
  }

  async names(resource: Resource, namespace: string | undefined): Promise<readonly Candidate[]> {
    const objects =
      await (STORED.has(resource.kind) ? this.#stored() : this.#simulated(resource.kind));
    return objects.filter((object) => resourceOf(object) === resource)
      .filter(({ metadata }) =>
        namespace === undefined || !resource.namespaced || metadata.namespace === namespace
      ).map(candidate);
  }

  async containers(target: string, namespace: string): Promise<readonly Candidate[]> {
    const name = target.slice(target.lastIndexOf("/") + 1);
    const pods = (await this.#simulated("Pod")).filter(({ kind, metadata }) =>
      kind === "Pod" && metadata.namespace === namespace &&
      (metadata.name === name || metadata.labels?.["app.kubernetes.io/name"] === name)
    );
    return [...new Set(pods.flatMap(containerNames))].map((value) => ({ value }));
  }

  async topologies(): Promise<readonly Candidate[]> {
    const folder = join((await this.#opened()).mocksDir(), "topologies");
    const files = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".json"));
    return files.map(({ name }) => {
      const { name: value, about } = JSON.parse(Deno.readTextFileSync(join(folder, name)));
      return { value: String(value), about: String(about ?? "") };
    });
  }

  #opened(): Promise<CliContext> {
    return this.#context ??= this.#open();
  }

  async #stored(): Promise<KubeObject[]> {
    const store = await (await this.#opened()).store();
    return store.list().map(({ object }) => object);
  }

  async #simulated(kind: string): Promise<KubeObject[]> {
    const store = await (await this.#opened()).store();
    const { cachedPresent } = await import("./present_cache.ts");
    return Object.values((await cachedPresent(store, [kind]))?.state.objects ?? {});
  }
}

function candidate({ metadata, spec }: KubeObject): Candidate {
  const { model } = (spec ?? {}) as { model?: { name?: unknown } };
  return { value: metadata.name, about: typeof model?.name === "string" ? model.name : "" };
}

function containerNames({ spec }: KubeObject): string[] {
  const { initContainers = [], containers = [] } = (spec ?? {}) as Partial<
    Record<string, readonly { readonly name: string }[]>
  >;
  return [...containers, ...initContainers].map(({ name }) => name);
}
