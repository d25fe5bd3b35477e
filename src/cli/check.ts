// `mtop check`: whether a service is Ready, what is in its way and what to do; without a name, the fleet.

import { notFound, serverErrorText } from "../kube/errors.ts";
import {
  CONFIG_RESOURCE,
  qualifiedPlural,
  type Resource,
  SERVICE_RESOURCE,
} from "../kube/resources.ts";
import { type Check, checkFleet, checkService } from "../report/check.ts";
import { checkData, checkText, fleetText, isFailing } from "../report/check_text.ts";
import { GLYPHS, type Health } from "../view/condition_tree.ts";
import { COLOR, paint, type Style } from "../view/theme.ts";
import { hasColor } from "./color.ts";
import type { CliContext } from "./context.ts";
import { EXIT } from "./exit.ts";
import { serviceNameOf } from "./service_word.ts";
import { processEnvironment } from "./settings_sources.ts";
import type { World, WorldOptions } from "./world.ts";
import { worldFlags } from "./world_flags.ts";

export interface CheckOptions extends WorldOptions {
  readonly namespace?: string;
  readonly output: "text" | "json";
}

/** Prints the check; the exit code is 0 when all that was asked about is Ready. */
export async function check(
  target: string | undefined,
  options: CheckOptions,
  context: CliContext,
): Promise<number> {
  const name = target === undefined ? undefined : serviceNameOf(target, refused);
  const world = await context.world(options);
  return name === undefined
    ? checkAll(world, options, context)
    : checkOne(world, name, options, context);
}

function checkOne(
  world: World,
  name: string,
  options: CheckOptions,
  context: CliContext,
): number {
  const { console } = context;
  const { state, nowUs } = world;
  const settings = context.settings();
  const namespace = options.namespace || settings.namespace;
  const found = checkService(state, nowUs, namespace, name, judging(world, options, context));
  if (!found) {
    console.err(`${serverErrorText(notFound(SERVICE_RESOURCE, name))}\n`);
    const other = Object.values(state.objects).find(({ kind, metadata }) =>
      kind === SERVICE_RESOURCE.kind && metadata.name === name
    )?.metadata.namespace;
    if (other !== undefined) console.err(`There is one in namespace ${other}: add -n ${other}\n`);
    return EXIT.failure;
  }
  console.out(
    options.output === "json"
      ? json(checkData(found))
      : checkText(found, textOptions(nowUs, context)),
  );
  return found.ready === "True" ? EXIT.passed : EXIT.failure;
}

function checkAll(
  world: World,
  options: CheckOptions,
  context: CliContext,
): number {
  const { console } = context;
  const { state, nowUs } = world;
  const checks = checkFleet(state, nowUs, options.namespace, judging(world, options, context));
  if (options.output === "json") console.out(json({ services: checks.map(checkData) }));
  else if (checks.length === 0) console.err(nothingFound(options.namespace));
  else console.out(fleetText(checks, textOptions(nowUs, context)));
  return checks.some((each: Check) => isFailing(each)) ? EXIT.failure : EXIT.passed;
}

/** What a check is held against, and the world that its advice is about. */
function judging({ slos = {} }: World, options: CheckOptions, context: CliContext) {
  const settings = context.settings();
  const { slo, thresholds } = settings;
  return { slo, slos, thresholds, worldFlags: worldFlags(options, settings) };
}

function nothingFound(namespace: string | undefined): string {
  return namespace === undefined
    ? "No resources found\n"
    : `No resources found in ${namespace} namespace.\n`;
}

/** What is no service has no conditions to check. */
function refused(resource: Resource, name: string): string {
  const command = resource === CONFIG_RESOURCE ? "config" : `describe ${resource.singular}`;
  return `Cannot check ${qualifiedPlural(resource)}: only services can be; try ` +
    `\`mtop ${command} ${name}\``;
}

const STYLES: Readonly<Record<Health, Style>> = { good: "ok", bad: "critical", unknown: "warn" };

function textOptions(nowUs: number, { console, settings }: CliContext) {
  const colored = hasColor({
    choice: settings().color,
    env: processEnvironment(),
    isTerminal: console.outIsTerminal,
  });
  const mark = (health: Health) => paint(COLOR, STYLES[health], GLYPHS[health]);
  return { nowUs, width: console.width, ...(colored ? { mark } : {}) };
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}
