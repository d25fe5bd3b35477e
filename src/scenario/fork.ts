// A scenario whose past is another's up to an instant, and which goes on as it was changed from there.

import { isRecord } from "../kube/fields.ts";
import { dataDifferences } from "../log/data_diff.ts";
import { formatDuration, parseDuration } from "../sim/duration.ts";
import { forkNodes } from "./fork_nodes.ts";
import { forkObjectives } from "./fork_objectives.ts";
import { forkServices } from "./fork_services.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What of a trace says where in it a load is. */
const TRACE_PLACE = ["requests", "speedup"];

/**
 * The scenario of a run that is `parent` before `atUs` and `changed` from then on, as far as data can say
 * so: a load that has begun goes on under another name with its new fields, one that is gone ends, one
 * that is new begins; what changes about a service and its objectives becomes changes at that instant, nodes
 * that are more join then. All else is taken over as it was changed: whether it leaves the past as it was,
 * only a simulation tells. `judgedAnew` says that objectives change: what ended before is judged as it was.
 */
export function forkScenario(
  parent: unknown,
  changed: unknown,
  atUs: number,
): { readonly data: unknown; readonly judgedAnew?: true } | { readonly problem: string } {
  if (!isRecord(parent) || !isRecord(changed)) return { data: changed };
  const at = formatDuration(atUs);
  const load = forkLoads(entriesOf(parent["load"]), entriesOf(changed["load"]), atUs);
  if ("problem" in load) return load;
  const faults = entriesOf(changed["faults"]).length;
  const nodes = forkNodes(parent["cluster"], changed["cluster"], at, faults);
  if ("problem" in nodes) return nodes;
  const earlier = entriesOf(changed["changes"]);
  const objectives = forkObjectives(parent["slo"], changed["slo"], earlier, at);
  if ("problem" in objectives) return objectives;
  const { services, changes } = forkServices(parent["services"], changed["services"], at);
  const all = [...earlier, ...merged(changes, objectives.changes)];
  return {
    data: {
      ...changed,
      ...("cluster" in changed ? { cluster: nodes.cluster } : {}),
      ...("services" in changed ? { services } : {}),
      ...("load" in changed ? { load: load.load } : {}),
      ...(objectives.changes.length > 0 ? { slo: objectives.slo } : {}),
      ...(all.length > 0 ? { changes: all } : {}),
    },
    ...(objectives.changes.length > 0 ? { judgedAnew: true } : {}),
  };
}

/** One change a service, whatever changes about it. */
function merged(changes: readonly Fields[], more: readonly Fields[]): Fields[] {
  const otherOf = (change: Fields) => more.find(({ service }) => service === change["service"]);
  const known = new Set(changes.map(({ service }) => service));
  return [
    ...changes.map((change) => ({ ...change, ...otherOf(change) })),
    ...more.filter(({ service }) => !known.has(service)),
  ];
}

function entriesOf(list: unknown): Fields[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

function forkLoads(
  parents: readonly Fields[],
  changed: readonly Fields[],
  atUs: number,
): { readonly load: Fields[] } | { readonly problem: string } {
  const at = formatDuration(atUs);
  const names = new Set([...parents, ...changed].map(({ name }) => name));
  const [before, later]: [Fields[], Fields[]] = [[], []];
  for (const load of parents) {
    const now = changed.find(({ name }) => name === load["name"]);
    if (!runsAt(load, atUs)) before.push(...(now ? [now] : []));
    else if (!now) before.push({ ...load, end: at });
    else if (!goesOn(load, now)) before.push(now);
    else {
      const problem = traceProblem(load, now, at);
      if (problem !== undefined) return { problem };
      const name = freshName(String(load["name"]), at, names);
      before.push({ ...load, end: at });
      later.push({ ...now, name, start: at, continues: load["name"] });
    }
  }
  const known = new Set(parents.map(({ name }) => name));
  const added = changed.filter(({ name }) => !known.has(name))
    .map((load) => "start" in load ? load : { ...load, start: at });
  return { load: [...before, ...later, ...added] };
}

function runsAt({ start, end }: Fields, atUs: number): boolean {
  return (instantOf(start) ?? 0) < atUs && (instantOf(end) ?? Infinity) > atUs;
}

/** Whether it must go on as another load: its end is not yet, and what its start is has been. */
function goesOn(load: Fields, now: Fields): boolean {
  const fields = changedFields(load, now);
  fields.delete("end");
  return fields.size > 0 && !fields.has("start");
}

function traceProblem(load: Fields, now: Fields, at: string): string | undefined {
  if (load["kind"] !== "trace") return undefined;
  const fields = changedFields(load, now);
  const field = TRACE_PLACE.find((each) => fields.has(each));
  if (field === undefined) return undefined;
  const path = `load.${load["name"]}.${field}`;
  return `Cannot change ${path} at ${at}: it says where in the trace the load is`;
}

function changedFields(a: Fields, b: Fields): Set<unknown> {
  return new Set(dataDifferences(a, b).map(({ path }) => path[0]));
}

function instantOf(value: unknown): number | undefined {
  return typeof value === "string" ? parseDuration(value) : undefined;
}

/** `chat-from-10m`, also of one that was `chat-from-5m`. */
function freshName(name: string, at: string, taken: Set<unknown>): string {
  const base = `${name.replace(/-from-[0-9a-z.]+$/, "")}-from-${at.replaceAll(".", "-")}`;
  let fresh = base;
  for (let count = 2; taken.has(fresh); count++) fresh = `${base}-${count}`;
  taken.add(fresh);
  return fresh;
}
