// `mtop doctor`: whether what mtop itself needs is there. Looks at no cluster; writes but to try, and cleans up.

import { join } from "node:path";
import type { ObjectStore } from "../kube/store.ts";
import { hasColor } from "./color.ts";
import type { CliContext } from "./context.ts";
import { cacheDir, ownPath, stateDir } from "./directories.ts";
import { EXIT } from "./exit.ts";
import type { Settings } from "./settings.ts";
import { processEnvironment } from "./settings_sources.ts";

/** The oldest Deno that mtop is made for. */
const MIN_DENO = "2.9.0";

/** What one thing that was looked at is like: what was found, or what to do about it. */
export type Finding = { readonly found: string } | { readonly problem: string };

export interface Examination {
  readonly what: string;
  look(): Finding | Promise<Finding>;
}

/** Prints a line for each examination; the exit code is 1 when any failed. */
export async function doctor(
  examinations: readonly Examination[],
  { console }: Pick<CliContext, "console">,
): Promise<number> {
  const width = Math.max(...examinations.map(({ what }) => what.length));
  let failed = false;
  for (const { what, look } of examinations) {
    const finding = await look();
    const ok = "found" in finding;
    failed ||= !ok;
    const words = ok ? finding.found : finding.problem;
    console.out(`${ok ? "ok    " : "failed"}  ${what.padEnd(width)}  ${words}\n`);
  }
  return failed ? EXIT.failure : EXIT.passed;
}

/** What there is to look at in this process. */
export function processDoctor(context: CliContext): Examination[] {
  const { console } = context;
  const env = processEnvironment();
  return [
    { what: "Deno", look: () => denoVersion(Deno.version.deno) },
    { what: "settings", look: () => settingsFound(() => context.settings()) },
    { what: "mocks", look: () => mocksFolder(mocksOf(context)) },
    { what: "manifests", look: () => manifests(() => context.store()) },
    { what: "cache", look: () => writable(cacheDir(), "XDG_CACHE_HOME") },
    { what: "state", look: () => writable(stateDir(), "XDG_STATE_HOME") },
    { what: "terminal", look: () => terminal(console.outIsTerminal, console.width, env["TERM"]) },
    {
      what: "colour",
      look: () => {
        const choice = colorOf(context);
        const colored = hasColor({ choice, env, isTerminal: console.outIsTerminal });
        return { found: colored ? "on" : `off (--color=always turns it on; now ${choice})` };
      },
    },
  ];
}

/** Settings that cannot be read are told once, and the rest looks at the defaults. */
function mocksOf(context: CliContext): string {
  try {
    return context.settings().mocks ?? ownPath("mocks");
  } catch {
    return ownPath("mocks");
  }
}

function colorOf(context: CliContext): Settings["color"] {
  try {
    return context.settings().color;
  } catch {
    return "auto";
  }
}

/** Compares by numbers; what comes after a hyphen is a release's candidate of it. */
export function denoVersion(version: string): Finding {
  const parts = (text: string) => text.split("-")[0]!.split(".").map(Number);
  const [have, need] = [parts(version), parts(MIN_DENO)];
  const differs = need.findIndex((part, index) => part !== (have[index] ?? 0));
  const enough = differs < 0 || (have[differs] ?? 0) > need[differs]!;
  if (enough) return { found: version };
  return {
    problem:
      `${version} is older than ${MIN_DENO}, which mtop needs: \`deno upgrade\` gets a newer one`,
  };
}

export function settingsFound(read: () => Settings): Finding {
  try {
    const { mode } = read();
    return { found: `mode ${mode}; \`mtop settings --show-origin\` says where each value is from` };
  } catch (error) {
    return {
      problem: `${
        (error as Error).message
      }; \`mtop settings --defaults\` prints a file that can be read`,
    };
  }
}

export function mocksFolder(folder: string): Finding {
  try {
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    if (names.length > 0) return { found: folder };
    return {
      problem: `"${folder}" is empty: name a folder of manifests with --mocks or MTOP_MOCKS`,
    };
  } catch (error) {
    const reason = reasonOf(error);
    return {
      problem:
        `Cannot read "${folder}": ${reason}; name a folder of manifests with --mocks or MTOP_MOCKS`,
    };
  }
}

/** Whether what is in the mocks folder, and what was changed of it, is what an API server takes. */
export async function manifests(open: () => Promise<ObjectStore>): Promise<Finding> {
  let store: ObjectStore;
  try {
    store = await open();
  } catch (error) {
    return { problem: (error as Error).message };
  }
  const { validateDocument } = await import("../kube/validate.ts");
  const stored = store.list();
  const judged = stored.map(({ object, source }) => ({
    source,
    validated: validateDocument(object, source, { fields: "warn" }),
  }));
  const refused = judged.flatMap(({ source, validated }) =>
    "refusals" in validated ? validated.refusals.map(({ text }) => `${source}: ${text}`) : []
  );
  const problems = [...store.unread.map(({ message }) => message), ...refused];
  if (problems.length > 0) return { problem: firstOf(problems) };
  const warnings = judged.flatMap(({ source, validated }) =>
    "warnings" in validated ? validated.warnings.map((warning) => `${source}: ${warning}`) : []
  );
  const count = `${stored.length} that an API server takes`;
  return { found: warnings.length === 0 ? count : `${count}, but ${firstOf(warnings)}` };
}

/** In one line. */
function firstOf(texts: readonly string[]): string {
  const [first = "", ...more] = texts;
  const line = first.replaceAll(/\s*\n[* ]*/g, " ");
  return more.length === 0 ? line : `${line} (and ${more.length} more)`;
}

/** Whether a file can be made in a directory, which is made too where it is not there yet. */
export async function writable(folder: string | undefined, variable: string): Promise<Finding> {
  if (folder === undefined) {
    return { problem: `there is no place for it: set ${variable} to a directory, or HOME` };
  }
  try {
    await Deno.mkdir(folder, { recursive: true });
    const probe = await Deno.makeTempFile({ dir: folder, prefix: ".doctor-" });
    await Deno.remove(probe);
    return { found: join(folder) };
  } catch (error) {
    const reason = reasonOf(error);
    return {
      problem:
        `Cannot write to "${folder}": ${reason}; set ${variable} to a directory that is yours`,
    };
  }
}

export function terminal(
  isTerminal: boolean,
  width: number | undefined,
  term: string | undefined,
): Finding {
  if (!isTerminal) {
    return { found: "none: standard output is a pipe or a file, tables are not cut" };
  }
  if (term === "dumb") return { found: "dumb: `mtop top` prints tables one below the other" };
  if (width === undefined) {
    return { problem: "it does not say how wide it is: set its size with `stty cols 80`" };
  }
  if (width >= 40) return { found: `${width} columns wide` };
  return { problem: `${width} columns are too few for most tables: make it 40 or wider` };
}

function reasonOf(error: unknown): string {
  return (error as Error).message.split(" (os error")[0]!;
}
