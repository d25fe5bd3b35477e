// What a pipeline reads of runs: a JUnit file, GitHub's annotations and the summary of its job.

import { isAbsolute, relative, resolve } from "node:path";
import type { FindPlace } from "../report/annotations.ts";
import type { ScenarioOutcome } from "../report/outcome.ts";
import type { Console } from "./console.ts";
import { CliError } from "./exit.ts";
import { findLine } from "./run_places.ts";

export interface ReportOptions {
  readonly junit?: string;
  /** Absent: where GitHub's runner says that it is one. */
  readonly annotations?: boolean;
}

/** The file that a report is made in before it has its name; an aborted one must not pass for a whole one. */
export function partOf(path: string): string {
  return `${path}.part`;
}

/** Gathers outcomes; `write` once, whatever happened, says them all. */
export class RunReports {
  readonly #junit: string | undefined;
  readonly #annotated: boolean;
  readonly #console: Console;
  readonly #outcomes: ScenarioOutcome[] = [];

  /** Throws a `CliError` when the JUnit file cannot be written: better now than after an hour. */
  constructor({ junit, annotations }: ReportOptions, console: Console) {
    this.#junit = junit;
    this.#annotated = annotations ?? variable("GITHUB_ACTIONS") === "true";
    this.#console = console;
    if (junit !== undefined) writePart(junit, "");
  }

  /** Takes an outcome, and tells what failed of it. */
  async add(outcome: ScenarioOutcome): Promise<void> {
    this.#outcomes.push(outcome);
    if (!this.#annotated) return;
    const { annotationLines } = await import("../report/annotations.ts");
    // GitHub's runner reads both streams, and standard output is for data.
    for (const line of annotationLines(outcome, placesIn(outcome.file))) this.#console.err(line);
  }

  /** Writes the files; `notRun` is how many more were asked for. Throws a `CliError` when the JUnit file cannot be written. */
  async write(notRun = 0): Promise<void> {
    if (this.#annotated) await this.#writeSummary(notRun);
    if (this.#junit === undefined) return;
    const { junitXml } = await import("../report/junit.ts");
    writePart(this.#junit, junitXml(this.#outcomes));
    try {
      Deno.renameSync(partOf(this.#junit), this.#junit);
    } catch (error) {
      throw cannotWrite(this.#junit, error);
    }
  }

  async #writeSummary(notRun: number): Promise<void> {
    const path = variable("GITHUB_STEP_SUMMARY");
    if (path === undefined || path === "" || this.#outcomes.length === 0) return;
    const { stepSummary } = await import("../report/annotations_summary.ts");
    try {
      Deno.writeTextFileSync(path, stepSummary(this.#outcomes, notRun), { append: true });
    } catch {
      // It is an extra: a scenario file run without permissions has none to write it.
    }
  }
}

function writePart(path: string, text: string): void {
  try {
    Deno.writeTextFileSync(partOf(path), text);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function cannotWrite(path: string, error: unknown): CliError {
  const [reason] = String((error as Error).message).split(" (os error");
  return new CliError(`Cannot write "${path}": ${reason}`);
}

/** Undefined, too, where the environment may not be read. */
function variable(name: string): string | undefined {
  if (Deno.permissions.querySync({ name: "env", variable: name }).state !== "granted") {
    return undefined;
  }
  return Deno.env.get(name);
}

/** Where the fields of a scenario file stand, its path from the root of the repository. */
function placesIn(file: string): FindPlace {
  const text = textOf(file);
  const path = inRepository(file);
  return (field) => ({ file: path, line: findLine(text, field) });
}

function textOf(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch {
    return "";
  }
}

/** GitHub wants it from the checkout's root, wherever mtop was started. */
function inRepository(file: string): string {
  const root = variable("GITHUB_WORKSPACE");
  if (root === undefined || root === "") return file;
  try {
    const path = relative(root, resolve(file));
    return path.startsWith("..") || isAbsolute(path) ? file : path.replaceAll("\\", "/");
  } catch {
    // Without permission to read nobody knows where this is.
    return file;
  }
}
