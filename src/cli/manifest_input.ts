// The manifests that `-f` names: files, folders and standard input, read and parsed, not judged.

import { extname, join } from "node:path";
import { documentsOf } from "../kube/manifest.ts";
import { CliError } from "./exit.ts";
import { parseManifests } from "./manifest_text.ts";

export interface InputDocument {
  /** As the user named it; `STDIN` for standard input, which is kubectl's word. */
  readonly file: string;
  readonly document: unknown;
}

export interface ManifestInput {
  readonly documents: readonly InputDocument[];
  /** Of files that cannot be read: what stands behind `error: `. */
  readonly problems: readonly string[];
}

export interface InputOptions {
  /** Also what is in folders of the folders. */
  readonly recursive?: boolean;
  readonly readStdin: () => Promise<string>;
}

const EXTENSIONS = [".json", ".yaml", ".yml"];

/** Throws a {@linkcode CliError} for a path that is not there, before anything is read. */
export async function readInput(
  paths: readonly string[],
  { recursive = false, readStdin }: InputOptions,
): Promise<ManifestInput> {
  const files = paths.flatMap((path) => filesAt(path, recursive));
  const documents: InputDocument[] = [];
  const problems: string[] = [];
  for (const path of files) {
    const file = path === "-" ? "STDIN" : path;
    try {
      const text = path === "-" ? await readStdin() : await Deno.readTextFile(path);
      const parsed = await parseManifests(text, file);
      documents.push(
        ...parsed.flatMap((document) => [...documentsOf(document)])
          .map((document) => ({ file, document })),
      );
    } catch (error) {
      problems.push(error instanceof CliError ? error.message : reading(file, error));
    }
  }
  return { documents, problems };
}

/** The process's own; an end of a terminal's input is Ctrl-D. */
export async function readStdin(): Promise<string> {
  return await new Response(Deno.stdin.readable).text();
}

function filesAt(path: string, recursive: boolean): string[] {
  if (path === "-") return [path];
  if (/^https?:\/\//.test(path)) {
    throw new CliError(`Cannot read ${path}: mtop reads files; pipe it in with -f -`);
  }
  let isDirectory: boolean;
  try {
    isDirectory = Deno.statSync(path).isDirectory;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw new CliError(reading(path, error));
    throw new CliError(`the path ${JSON.stringify(path)} does not exist`);
  }
  if (!isDirectory) return [path];
  const files = manifestsIn(path, recursive);
  if (files.length > 0) return files;
  throw new CliError(
    `error reading [${path}]: recognized file extensions are [${EXTENSIONS.join(" ")}]`,
  );
}

/** Links are not followed: that way a folder cannot be without end. */
function manifestsIn(directory: string, recursive: boolean): string[] {
  const entries = [...Deno.readDirSync(directory)];
  return entries.sort((left, right) => left.name < right.name ? -1 : 1).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory) return recursive ? manifestsIn(path, recursive) : [];
    return EXTENSIONS.includes(extname(entry.name)) ? [path] : [];
  });
}

function reading(file: string, error: unknown): string {
  const reason = String((error as Error).message).replace(/ \(os error \d+\).*$/s, "");
  return `error reading [${file}]: ${reason}`;
}
