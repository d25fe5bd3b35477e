// The shipped mock data as the tests read it: every file of a folder, with the object that it holds.

import type { KubeObject } from "../../../src/kube/object.ts";

export interface MockFile<T> {
  /** Without its folder and its ending. */
  readonly name: string;
  readonly text: string;
  readonly value: T;
}

type Folder = "crs" | "nodes" | "config" | "topologies";

/** Files below `mocks`, in the order of their names. */
export function readFolder(folder: Folder): readonly MockFile<KubeObject>[];
export function readFolder<T>(folder: Folder): readonly MockFile<T>[];
export function readFolder(folder: Folder): readonly MockFile<unknown>[] {
  return fileNames(folder).map((name) => {
    const text = Deno.readTextFileSync(`mocks/${folder}/${name}`);
    return { name: name.replace(/\.json$/, ""), text, value: JSON.parse(text) };
  });
}

export function fileNames(folder: string): string[] {
  return [...Deno.readDirSync(`mocks/${folder}`)].map(({ name }) => name).sort();
}

/** A file's name: the object's, after its namespace where that is not `default`. */
export function fileNameOf({ metadata: { name, namespace = "default" } }: KubeObject): string {
  return namespace === "default" ? name : `${namespace}-${name}`;
}

export const SERVICES = readFolder("crs");
export const CONFIGS = readFolder("config");
export const NODES = readFolder("nodes");

export function service(name: string, namespace = "default"): KubeObject {
  const found = SERVICES.find(({ value: { metadata } }) =>
    metadata.name === name && metadata.namespace === namespace
  );
  if (!found) throw new Error(`No mock service ${namespace}/${name}`);
  return found.value;
}
