// `mtop rollout`: rollouts as Argo's plugin and kubectl show them, at an instant. Changes nothing.

import { notFound, serverErrorText } from "../kube/errors.ts";
import { keyOf, qualifiedPlural, type Resource, SERVICE_RESOURCE } from "../kube/resources.ts";
import { type RolloutDetail, rolloutDetail } from "../view/rollout_detail.ts";
import { rolloutData } from "../view/rollout_json.ts";
import { type RolloutRow, rolloutRows } from "../view/rollout_rows.ts";
import { rolloutDetailLines, rolloutList, rolloutStatus } from "../view/rollout_text.ts";
import { DESCRIBE_TABS, tabbed } from "../view/tabwriter.ts";
import { workloadRollouts } from "../view/workload_rollout.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import { serviceNameOf } from "./service_word.ts";
import type { World, WorldOptions } from "./world.ts";
import { worldFlags } from "./world_flags.ts";

export type RolloutViewName = "list" | "status" | "get" | "history";

export interface RolloutOptions extends WorldOptions {
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly output: "text" | "json";
}

/** Prints one view of one rollout or of all; returns the exit code. */
export async function rollout(
  view: RolloutViewName,
  name: string | undefined,
  options: RolloutOptions,
  context: CliContext,
): Promise<number> {
  const world = await context.world(options);
  const namespace = options.namespace || context.settings().namespace;
  if (view === "list") {
    if (name !== undefined) throw new CliError("Cannot list one rollout: leave its name out");
    return list(world, options.allNamespaces ? undefined : namespace, options, context);
  }
  if (name === undefined) {
    throw new CliError(
      `Cannot tell whose rollout is meant: add its service, as \`mtop rollout ${view} NAME\``,
    );
  }
  const asked = { world, namespace, name: serviceNameOf(name, refused), options, context };
  const found = detailsOf(world).find((detail) =>
    detail.namespace === namespace && detail.name === asked.name
  );
  if (!found && !isThere(asked)) return missing(asked);
  if (view === "status") return found ? status(found, asked) : workloadStatus(asked);
  if (view === "history") return await history(found, asked);
  if (found) return await show(found, asked);
  throw new CliError(`Cannot show a rollout of "${asked.name}": ${whyNone(asked)}`);
}

function refused(resource: Resource): string {
  return `Cannot show a rollout of ${qualifiedPlural(resource)}: only services have one`;
}

/** What a canary's own name is taken for is the rollout that made it. */
function whyNone({ world, namespace, name, options, context }: Asked): string {
  const { services } = world.state;
  const parent = detailsOf(world).find(({ row }) =>
    Object.values(services[row.service]?.revisions ?? {})
      .some(({ member }) => member === `${namespace}/${name}`)
  );
  const flags = worldFlags(options, context.settings());
  return parent
    ? `it is a revision in that of ${parent.name}: \`mtop rollout get ${parent.name} -n ${namespace}${flags}\``
    : `none has begun; \`mtop rollout list -A${flags}\` has those that did`;
}

interface Asked {
  readonly world: World;
  readonly namespace: string;
  readonly name: string;
  readonly options: RolloutOptions;
  readonly context: CliContext;
}

function detailsOf({ state }: World): RolloutDetail[] {
  return rolloutRows(state).map((row: RolloutRow) => rolloutDetail(state, row));
}

function isThere({ world, namespace, name }: Asked): boolean {
  return world.state.objects[keyOf(SERVICE_RESOURCE, namespace, name)] !== undefined;
}

function missing({ world, name, context: { console } }: Asked): number {
  console.err(`${serverErrorText(notFound(SERVICE_RESOURCE, name))}\n`);
  const other = Object.values(world.state.objects).find(({ kind, metadata }) =>
    kind === SERVICE_RESOURCE.kind && metadata.name === name
  )?.metadata.namespace;
  if (other !== undefined) console.err(`There is one in namespace ${other}: add -n ${other}\n`);
  return EXIT.failure;
}

function list(
  world: World,
  namespace: string | undefined,
  { output }: RolloutOptions,
  { console }: CliContext,
): number {
  const { nowUs } = world;
  const details = detailsOf(world).filter((detail) =>
    namespace === undefined || detail.namespace === namespace
  );
  if (output === "json") {
    console.out(json({ rollouts: details.map((detail) => rolloutData(detail, nowUs)) }));
  } else if (details.length === 0) {
    console.err(
      namespace === undefined
        ? "No resources found\n"
        : `No resources found in ${namespace} namespace.\n`,
    );
  } else {
    const shown = { nowUs, namespaces: namespace === undefined, width: console.width };
    console.out(lines(rolloutList(details, shown)));
  }
  return EXIT.passed;
}

/** Argo's line, and its error where the rollout is Degraded. */
function status(detail: RolloutDetail, { world, options, context: { console } }: Asked): number {
  console.out(
    options.output === "json"
      ? json(rolloutData(detail, world.nowUs))
      : `${rolloutStatus(detail)}\n`,
  );
  if (detail.status !== "Degraded") return EXIT.passed;
  console.err(`Error: The rollout is in a degraded state with message: ${detail.message}\n`);
  return EXIT.failure;
}

/** Of a service without a rollout of its own: what kubectl says of its workloads. */
function workloadStatus({ world, namespace, name, options, context: { console } }: Asked): number {
  const rollouts = workloadRollouts(world.state, namespace, name);
  if (rollouts.length === 0) {
    throw new CliError(
      `Cannot tell how far "${name}" is: it has no workload yet, see \`mtop check\``,
    );
  }
  if (options.output === "json") console.out(json({ workloads: rollouts }));
  for (const { words, overdue } of rollouts) {
    if (overdue) console.err(`error: ${words}\n`);
    else if (options.output === "text") console.out(`${words}\n`);
  }
  return rollouts.some(({ overdue }) => overdue) ? EXIT.failure : EXIT.passed;
}

async function show(
  detail: RolloutDetail,
  { world, options, context: { console } }: Asked,
): Promise<number> {
  const { nowUs, state } = world;
  if (options.output === "json") {
    console.out(json(rolloutData(detail, nowUs)));
    return EXIT.passed;
  }
  const counts = await measured(world);
  const shown = { nowUs, width: console.width };
  console.out(lines(rolloutDetailLines(detail, state, counts, shown)));
  return EXIT.passed;
}

/** State keeps the last measurements of a check only: the log has them all. */
async function measured({ events }: World) {
  const counts: Record<string, Partial<Record<string, number>>> = {};
  for await (const batch of events()) {
    for (const event of batch) {
      if (event.kind !== "measurement") continue;
      const own = counts[event.analysis] ??= {};
      own[event.phase] = (own[event.phase] ?? 0) + 1;
    }
  }
  return counts;
}

/** Revisions in kubectl's form, and what each was made for. */
async function history(
  detail: RolloutDetail | undefined,
  { world, name, options, context: { console } }: Asked,
): Promise<number> {
  const cause = detail && await causeOf(detail.row, world);
  // Of revisions in place the one that there was first is the oldest ReplicaSet's.
  const born = (numbered: RolloutDetail["revisions"][number]) =>
    numbered.sets[0]?.object.metadata.creationTimestamp ?? "";
  const revisions = detail?.revisions.toReversed() ?? [];
  const first = revisions.map(born).sort()[0];
  const rows = revisions.map((revision) => {
    const isFirst = detail!.row.strategy === "rolling" ? born(revision) === first : !revision.isNew;
    return { revision: revision.number, changeCause: isFirst ? null : cause ?? null };
  });
  const shown = rows.length === 0 ? [{ revision: 1, changeCause: null }] : rows;
  if (options.output === "json") console.out(json({ revisions: shown }));
  else {
    const table = shown.map(({ revision, changeCause }) => [
      String(revision),
      changeCause ?? "<none>",
    ]);
    const { group, singular } = SERVICE_RESOURCE;
    console.out(lines([
      `${singular}.${group}/${name}`,
      ...tabbed([["REVISION", "CHANGE-CAUSE"], ...table], DESCRIBE_TABS),
    ]));
  }
  return EXIT.passed;
}

/** What the rollout said that it is about, when it began. */
async function causeOf({ id, strategy, about }: RolloutRow, { events }: World) {
  if (strategy === "rolling") return about;
  for await (const batch of events()) {
    for (const event of batch) {
      if (event.kind === "step" && event.rollout === id) return event.message;
    }
  }
  return undefined;
}

function lines(texts: readonly string[]): string {
  return `${texts.join("\n")}\n`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
