// The log of KServe's init container out of the events of a run: what it fetched, and how that ended.

import type { FleetEvent } from "../fleet/events.ts";
import { STORAGE_INITIALIZER } from "../kube/model_storage.ts";
import { type Json, type KubeObject, mergePatch } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import { fillTemplate, type LogPhase, type LogTemplates, type LogValues } from "./log_templates.ts";
import type { ContainerLog, LogLine } from "./pod_logs.ts";
import type { ContainerStatus } from "./pod_problem.ts";

interface Instance {
  readonly startedUs: number;
  readonly lines: LogLine[];
  running: boolean;
}

/** Follows the init container of one pod, whose status tells all of it. */
export class InitLog {
  readonly #key: string;
  readonly #values: LogValues;
  readonly #templates: LogTemplates;
  #pod: Json | undefined;
  #instances: Instance[] = [];

  constructor(
    { namespace, name, values }: { namespace: string; name: string; values: LogValues },
    templates: LogTemplates,
  ) {
    this.#key = `/Pod/${namespace}/${name}`;
    this.#values = values;
    this.#templates = templates;
  }

  take(event: FleetEvent): void {
    if (!("key" in event) || event.key !== this.#key) return;
    // A pod that comes back under its name is another one.
    if (event.kind === "object.deleted") {
      this.#pod = undefined;
      this.#instances = [];
      return;
    }
    this.#pod = event.object !== undefined
      ? event.object as unknown as Json
      : mergePatch(this.#pod, event.patch as Json);
    this.#takeStatus(initStatus(this.#pod), event.at);
  }

  /** Its instances, oldest first. */
  get containers(): ContainerLog[] {
    return this.#instances.map(({ running, lines }) => ({ running, lines }));
  }

  #takeStatus(status: ContainerStatus | undefined, atUs: number): void {
    const { running, terminated } = status?.state ?? {};
    const open = this.#instances.findLast((instance) => instance.running);
    if (running && !open) {
      this.#instances.push({ startedUs: atUs, running: true, lines: this.#lines("start", atUs) });
    }
    if (!open || running) return;
    // A host that was lost took it along, and nobody hears its last words.
    open.running = false;
    if (terminated?.exitCode === 0) {
      const initSeconds = ((atUs - open.startedUs) / 1e6).toFixed(2);
      open.lines.push(...this.#lines("ready", atUs, { initSeconds }));
    } else if (terminated) {
      const reason = terminated.message ?? terminated.reason ?? "";
      open.lines.push(...this.#lines("died", atUs, { reason }));
    }
  }

  #lines(phase: LogPhase, atUs: number, values: LogValues = {}): LogLine[] {
    const all = { ...this.#values, ...values, time: pythonTime(atUs) };
    return (this.#templates[phase] ?? []).flatMap((template) => {
      const text = fillTemplate(template, all);
      return text === undefined ? [] : [{ atUs, text }];
    });
  }
}

function initStatus(pod: Json): ContainerStatus | undefined {
  const { initContainerStatuses } = ((pod as unknown as KubeObject).status ?? {}) as {
    initContainerStatuses?: readonly ContainerStatus[];
  };
  return initContainerStatuses?.find(({ name }) => name === STORAGE_INITIALIZER);
}

/** Python's logging, as KServe sets it up: `2026-01-01 00:00:05.000`. */
function pythonTime(us: number): string {
  const text = virtualTimestamp(us);
  const millis = String(Math.floor(us % 1_000_000 / 1000)).padStart(3, "0");
  return `${text.slice(0, 10)} ${text.slice(11, 19)}.${millis}`;
}
