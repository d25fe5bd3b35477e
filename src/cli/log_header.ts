// The head of a run file: which program runs what, and the hashes of what came from outside.

import type { LogHeader, LogParent } from "../log/codec.ts";
import { sha256 } from "../log/hash.ts";
import { scenarioHash } from "../scenario/run.ts";
import { MTOP_VERSION } from "./version.ts";

/** `parent` is given for a branch. */
export function logHeader(data: unknown, seed: number, parent?: LogParent): LogHeader {
  return {
    formatVersion: 1,
    mtop: MTOP_VERSION,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    kind: "simulation",
    seed,
    scenario: data,
    scenarioHash: scenarioHash(data),
    inputs: inputHashes(data),
    ...(parent ? { parent } : {}),
  };
}

/** A sha256 of what came from outside the scenario's own text: its services and its traces. */
export function inputHashes(data: unknown): Record<string, string> {
  const { services = [], load = [] } = data as {
    services?: unknown[];
    load?: { kind?: string; name: string; requests?: unknown }[];
  };
  const traces = load.filter(({ kind }) => kind === "trace");
  return Object.fromEntries([
    ...services.map((service, index) => [`services[${index}]`, sha256(JSON.stringify(service))]),
    ...traces.map(({ name, requests }) => [`load/${name}`, sha256(JSON.stringify(requests))]),
  ]);
}
