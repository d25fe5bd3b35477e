// A small world and a console that keeps what it is told, for the tests of the reading commands.

import type { CliContext } from "../../../src/cli/context.ts";
import type { World } from "../../../src/cli/world.ts";
import { initialState, type KubeEvent } from "../../../src/fleet/state.ts";
import { type KubeObject, objectKey } from "../../../src/kube/object.ts";

export interface Reading {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

export const MINUTE_US = 60_000_000;
export const NOW_US = 10 * MINUTE_US;

export function service(name: string, namespace = "default", ready = "True"): KubeObject {
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name, namespace, creationTimestamp: "2026-01-01T00:00:00Z" },
    status: { conditions: [{ type: "Ready", status: ready }] },
  };
}

export function pod(name: string, labels: Record<string, string>, phase = "Running"): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels, creationTimestamp: "2026-01-01T00:05:00Z" },
    spec: { containers: [{ name: "main" }] },
    status: { phase },
  };
}

export function node(name: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, creationTimestamp: "2026-01-01T00:00:00Z" },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  };
}

export function told(
  object: string,
  reason: string,
  at: number,
  type: "Normal" | "Warning" = "Normal",
) {
  const event = { at, seq: 1, kind: "event" as const, type, reason, object };
  return { ...event, message: `${reason} it`, source: "tester" } satisfies KubeEvent;
}

export function world(objects: readonly KubeObject[], events: readonly KubeEvent[] = []): World {
  const keyed = objects.map((object) => [objectKey(object), object] as const);
  return {
    state: { ...initialState(), objects: Object.fromEntries(keyed), events: [...events] },
    nowUs: NOW_US,
    async *events() {
      yield await Promise.resolve(events);
    },
  };
}

/** Runs a command over a world; what it throws is the test's. */
export async function read(
  shown: World,
  command: (context: Pick<CliContext, "console" | "finish" | "world">) => Promise<void>,
  width?: number,
): Promise<Reading> {
  let [out, err, code] = ["", "", 0];
  await command({
    console: {
      out: (text) => (out += text, true),
      err: (text) => void (err += text),
      outIsTerminal: width !== undefined,
      errIsTerminal: false,
      width,
    },
    finish: (exitCode) => code = exitCode,
    world: () => Promise.resolve(shown),
  });
  return { out, err, code };
}
