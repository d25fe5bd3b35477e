// What has to be read before anything happens: packages cost a download, modules cost start-up.

import { deepStrictEqual, ok } from "node:assert/strict";
import { MTOP } from "../mtop_command.ts";
import { deno } from "./program.ts";
import { fromFileUrl } from "./root.ts";

interface Module {
  readonly specifier: string;
  readonly npmPackage?: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

/** All that may be loaded, in the order it is found. */
async function modulesOf(file: string): Promise<Module[]> {
  const { stdout } = await deno(["info", "--json", file]);
  // `npmPackages` repeats the whole lock file; the graph itself is in `modules`.
  return (JSON.parse(stdout) as { modules: Module[] }).modules;
}

/** The files that run before the first line of `file` does: what it imports, but not by `import()`. */
async function loadedFirst(file: string): Promise<string[]> {
  const modules = new Map((await modulesOf(file)).map((each) => [each.specifier, each]));
  const found = new Set([...modules.keys()].filter((specifier) => specifier.endsWith(`/${file}`)));
  for (const specifier of found) {
    for (const { code, isDynamic } of modules.get(specifier)?.dependencies ?? []) {
      if (code?.specifier !== undefined && !isDynamic) found.add(code.specifier);
    }
  }
  return [...found];
}

Deno.test("canary-failure.ts needs only the packages of a run", async () => {
  const modules = await modulesOf("scenarios/canary-failure.ts");
  const used = modules.flatMap(({ npmPackage }) => npmPackage?.replace(/(?<=.)@.*/, "") ?? []);
  const allowed = [
    "@commander-js/extra-typings",
    "d3-random",
    "fast-string-width",
    "pure-rand",
    "zod",
  ];
  deepStrictEqual([...new Set(used)].sort(), allowed);
});

Deno.test("canary-failure.ts needs no schema of manifests", async () => {
  const modules = await modulesOf("scenarios/canary-failure.ts");
  // What create, apply and doctor judge by: a run reads what it needs of a service, and asks KServe's
  // admission, whose rules are a few small files.
  const found = modules.map(({ specifier }) => specifier)
    .filter((specifier) => /\/kube\/(?:schema\/|validate(?:_schema)?\.ts)/.test(specifier));
  deepStrictEqual(found, []);
});

Deno.test("the command tree is declared without what commands do", async () => {
  const files = Array.from(Deno.readDirSync(fromFileUrl("src/cli")), ({ name }) => name)
    .filter((name) => /^mtop\.ts$|_commands?\.ts$/.test(name));
  const modules = await Promise.all(files.map((name) => loadedFirst(`src/cli/${name}`)));
  const found = [...new Set(modules.flat())];
  ok(found.some((specifier) => specifier.endsWith("/src/cli/run_options.ts")));
  // Help, a list and a completion wait for all of this.
  const heavy = /\/src\/(?:fault|rollout|serving|load|report|tui|calibration)\/|\bzod\b/;
  deepStrictEqual(found.filter((specifier) => heavy.test(specifier)), []);
});

Deno.test("the mock fleet is shown without what plans and simulates one", async () => {
  const found = await loadedFirst("src/cli/top.ts");
  ok(found.some((specifier) => specifier.endsWith("/src/view/fleet_table.ts")));
  const heavy = /\/src\/(?:fault|rollout|report)\/|\/src\/scenario\/(?:plan|run)\.ts|\bzod\b/;
  deepStrictEqual(found.filter((specifier) => heavy.test(specifier)), []);
});

Deno.test("a scenario file is read without what simulates it", async () => {
  const found = await loadedFirst("scenarios/canary-failure.ts");
  ok(found.some((specifier) => specifier.endsWith("/src/mod.ts")));
  // A worker reads it, one a file: what it exports is data.
  const heavy = /\/src\/(?:fault|rollout|serving|report|view)\/|\b(?:zod|commander)\b/;
  deepStrictEqual(found.filter((specifier) => heavy.test(specifier)), []);
});

/** The files of `src` that those read for a command name, by Deno's own log. */
async function resolvedFor(...args: string[]): Promise<string[]> {
  const [run = "", ...flags] = MTOP;
  const { stderr } = await deno([run, "--log-level=debug", ...flags, ...args]);
  return [
    ...new Set([...stderr.matchAll(/file:\/\/\S+(\/src\/\w+\/\w+\.ts)/g)].map(([, file]) => file!)),
  ];
}

Deno.test("help and completion do without the command tree", async () => {
  for (const file of ["src/cli/help_main.ts", "src/cli/completion_main.ts"]) {
    const found = await loadedFirst(file);
    ok(found.length > 1, file);
    deepStrictEqual(found.filter((specifier) => /commander|\/mtop\.ts$/.test(specifier)), []);
  }
});

Deno.test("a command reads no file of what other commands do", async () => {
  for (const args of [["--help"], ["complete", "--", "get", ""]]) {
    const found = await resolvedFor(...args);
    ok(found.some((file) => file.startsWith("/src/cli/")), args.join(" "));
    // Reached by import()s of files whose names are resolved, and which are not read.
    const heavy = /\/src\/(?:fault|rollout|load|report|tui)\//;
    deepStrictEqual(found.filter((file) => heavy.test(file)), [], args.join(" "));
  }
});
