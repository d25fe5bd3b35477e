// A plugin type as the registry has it: its duties, its parameters, and how one is made.

import { z } from "zod";
import type { Plugin } from "./ports.ts";
import type { Rig } from "./rig.ts";

/** What a plugin can be in a configuration; `nothing` has no part in the choice of a pod. */
export type Duty =
  | "filter"
  | "scorer"
  | "picker"
  | "producer"
  | "decider"
  | "detector"
  | "handler"
  | "fairness"
  | "ordering"
  | "nothing";

export interface PluginType {
  readonly duties: readonly Duty[];
  readonly parameters: z.ZodType;
  /** `parameters` as the schema gave them. */
  make(parameters: unknown, rig: Rig, name: string): Plugin;
}

export type PluginTypes = Readonly<Record<string, PluginType>>;

export function pluginType<S extends z.ZodType>(
  duties: readonly Duty[],
  parameters: S,
  make: (parameters: z.output<S>, rig: Rig, name: string) => Plugin = () => ({}),
): PluginType {
  return { duties, parameters, make: (given, rig, name) => make(given as z.output<S>, rig, name) };
}

export const NO_PARAMETERS = z.strictObject({});
export const fraction = z.number().min(0).max(1);
export const positive = z.int().min(1);
export const count = z.int().min(0);

/** Of a scorer or filter that reads what a producer of that name found. */
export const producerName = { prefixMatchInfoProducerName: z.string().optional() };
