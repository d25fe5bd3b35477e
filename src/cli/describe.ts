// `mtop describe`: objects in full, with the events about them.

import type { KubeObject } from "../kube/object.ts";
import { describe as describeObject } from "../view/describe.ts";
import { eventRows } from "./event_objects.ts";
import { EXIT } from "./exit.ts";
import {
  findObjects,
  type Found,
  missingTypeText,
  type ReadContext,
  type ScopeOptions,
} from "./get.ts";
import type { World, WorldOptions } from "./world.ts";

export interface DescribeOptions extends ScopeOptions, WorldOptions {
  readonly showEvents?: boolean;
}

export async function describe(
  words: readonly string[],
  options: DescribeOptions,
  context: ReadContext,
): Promise<void> {
  const { console, finish } = context;
  if (words.length === 0) {
    console.err(missingTypeText("describe"));
    return finish(EXIT.failure);
  }
  const world = await context.world(options);
  const { groups, errors } = await found(words, options, world);
  const objects = groups.flatMap((group) => group.objects);
  const rows = options.showEvents === false ? undefined : await eventRows(world);
  const cluster = { objects: Object.values(world.state.objects), nowUs: world.nowUs };
  const texts = objects.map((object) => {
    const about = rows?.filter(({ kind, namespace, name }) =>
      kind === object.kind && name === object.metadata.name &&
      namespace === (object.metadata.namespace ?? "default")
    );
    return `${describeObject(object, about, cluster).join("\n")}\n`;
  });
  if (texts.length > 0) console.out(texts.join("\n\n"));
  for (const error of errors) console.err(`${error}\n`);
  if (objects.length === 0 && errors.length === 0) {
    const everywhere = options.allNamespaces || groups.some(({ resource }) => !resource.namespaced);
    const where = everywhere ? "" : ` in ${options.namespace ?? "default"} namespace.`;
    console.err(`No resources found${where}\n`);
  }
  if (errors.length > 0) finish(EXIT.failure);
}

/** As `get` finds them; a name that is none may be the beginning of some, as kubectl takes it. */
async function found(
  words: readonly string[],
  options: DescribeOptions,
  world: World,
): Promise<Found> {
  const exact = await findObjects(words, options, world);
  const { resource } = exact.groups[0]!;
  if (!exact.single || exact.errors.length === 0) return exact;
  const name = words.at(-1)!.split("/").at(-1)!;
  const { groups } = await findObjects([resource.plural], options, world);
  const objects = groups[0]!.objects.filter(({ metadata }: KubeObject) =>
    metadata.name.startsWith(name)
  );
  return objects.length === 0
    ? exact
    : { groups: [{ resource, objects }], errors: [], single: true };
}
