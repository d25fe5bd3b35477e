// What is told of pods and nodes, as lines: Kubernetes Events, and `kubectl get pods` whenever it changes.
import { type Json, type KubeObject, mergePatch } from "../../../src/kube/object.ts";
import { podCells } from "../../../src/view/pod_cells.ts";
import { type SmallFleet, smallFleet, type SmallOptions } from "./small_fleet.ts";

export interface Story extends SmallFleet {
  /** All that was told from `fromUs` on. */
  lines(fromUs?: number): string;
}

/** A small fleet of which every line about a pod or a node is written down. */
export function story(options: SmallOptions = {}): Story {
  const lines: { at: number; text: string }[] = [];
  const names = new Map<string, string>();
  const shown = new Map<string, string>();
  const pods = new Map<string, KubeObject>();
  const short = (name: string) => {
    if (!name.includes("-kserve-")) return name;
    const known = names.get(name) ?? `pod-${names.size + 1}`;
    names.set(name, known);
    return known;
  };
  const shortened = (message: string) => {
    let text = message.replace(/\([0-9a-f-]{36}\)/, "(uid)");
    for (const [name, known] of names) text = text.replaceAll(name, known);
    return text;
  };
  const small = smallFleet(options, (event) => {
    const { at } = event;
    const say = (text: string) => void lines.push({ at, text });
    if (event.kind === "event" && /^(Pod|Node)\//.test(event.object)) {
      const { type, reason, source, message, object } = event;
      const name = short(object.slice(object.lastIndexOf("/") + 1));
      say(`${type.padEnd(7)} ${reason} ${name} (${source}): ${shortened(message)}`);
    }
    if (!("key" in event) || !event.key.startsWith("/Pod/")) return;
    const name = event.key.slice(event.key.lastIndexOf("/") + 1);
    if (event.kind === "object.deleted") {
      shown.delete(name);
      return say(`${" ".repeat(7)} ${short(name)} is gone`);
    }
    const told = event.object ?? mergePatch(pods.get(name) as never, event.patch as Json);
    const pod = told as unknown as KubeObject;
    pods.set(name, pod);
    const { ready, status, restarts } = podCells(pod, at);
    const cells = `${ready} ${status} ${restarts.split(" ")[0]}${conditions(pod)}`;
    if (shown.get(name) === cells) return;
    shown.set(name, cells);
    say(`${" ".repeat(7)} ${short(name)} ${cells}`);
  });

  return {
    ...small,
    lines: (fromUs = 0) =>
      lines.filter(({ at }) => at >= fromUs)
        .map(({ at, text }) => `${(at / 1e6).toFixed(3).padStart(9)}s ${text}\n`).join(""),
  };
}

/** Conditions that are not as the columns let one think, and how the last container ended. */
function conditions({ status }: KubeObject): string {
  const { conditions = [], containerStatuses = [] } = status as unknown as {
    conditions?: { type: string; status: string; reason?: string }[];
    containerStatuses?: { lastState?: { terminated?: { reason: string; exitCode: Json } } }[];
  };
  const target = conditions.find(({ type }) => type === "DisruptionTarget");
  const ready = conditions.find(({ type }) => type === "Ready");
  const last = containerStatuses[0]?.lastState?.terminated;
  return [
    ...(ready?.status === "True" ? [" Ready"] : []),
    ...(target ? [` DisruptionTarget=${target.reason}`] : []),
    ...(last ? [` last=${last.reason}/${last.exitCode}`] : []),
  ].join("");
}
