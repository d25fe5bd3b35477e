// The files that logs are made from: line templates, and those that stand for a pod. Knows no pod's life.

import { join } from "node:path";
import { type LogTemplates, mergeTemplates, parseTemplates } from "../report/log_templates.ts";
import type { CliContext } from "./context.ts";
import { ownPath } from "./directories.ts";
import { CliError } from "./exit.ts";

const FILES = {
  model: ["vllm-starting", "vllm-serving", "vllm-crashed", "vllm-terminating"],
  scheduler: ["epp-starting", "epp-serving", "epp-crashed", "epp-terminating"],
  init: ["storage-initializer"],
} as const;

/** The folder `pod_logs` of the mocks in use, and behind it the one that mtop brings. */
export class LogFolder {
  readonly #context: CliContext;
  readonly #folders: readonly string[];
  readonly #known = new Map<keyof typeof FILES, LogTemplates>();

  constructor(context: CliContext) {
    this.#context = context;
    const { mocks } = context.settings();
    const own = ownPath("mocks");
    this.#folders = mocks === undefined ? [own] : [mocks, own];
  }

  /** Undefined when there is no such file; by default looks into the mocks in use only. */
  read(name: string, folder: string = this.#folders[0]!): string | undefined {
    const path = join(folder, "pod_logs", name);
    try {
      return Deno.readTextFileSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw new CliError(
        `Cannot read "${path}": ${(error as Error).message.split(" (os error")[0]}`,
      );
    }
  }

  templates(role: keyof typeof FILES): LogTemplates {
    const known = this.#known.get(role);
    if (known) return known;
    const read = mergeTemplates(FILES[role].map((name) => this.#template(`${name}.txt`)));
    this.#known.set(role, read);
    return read;
  }

  #template(name: string): LogTemplates {
    for (const folder of this.#folders) {
      const text = this.read(name, folder);
      if (text === undefined) continue;
      const { templates, problems } = parseTemplates(text);
      for (const problem of problems) {
        this.#context.console.err(`warning: pod_logs/${name}: ${problem}\n`);
      }
      return templates;
    }
    return {};
  }
}
