// Runs the program as its user does, and what the tests of it have in common.

import { join } from "node:path";
import { MTOP } from "../mtop_command.ts";
import { fromFileUrl, root } from "./root.ts";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Nothing of this process's environment but what `env` says. */
  readonly clearEnv?: boolean;
}

/** `mtop …` */
export function mtop(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return deno([...MTOP, ...args], options);
}

/** The command line of `mtop …`, for a test that wants the process itself. */
export function mtopCommand(
  args: readonly string[],
  options: Deno.CommandOptions = {},
): Deno.Command {
  return new Deno.Command(Deno.execPath(), { ...options, args: [...MTOP, ...args] });
}

export async function deno(
  args: readonly string[],
  { cwd = root, env = {}, clearEnv = false }: RunOptions = {},
): Promise<Outcome> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    clearEnv,
  });
  return text(await command.output());
}

export function text({ code, stdout, stderr }: Deno.CommandOutput): Outcome {
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Somebody at a machine where mtop was never run: a home, caches and state of their own. */
export interface User {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  mtop(...args: readonly string[]): Promise<Outcome>;
  /** Data of a command that must succeed and tell nothing. */
  data(...args: readonly string[]): Promise<string>;
  /** A script for `sh` in which `mtop` is a command; other shells get it as `$RUN_MTOP`. */
  sh(script: string, env?: Readonly<Record<string, string>>): Promise<Outcome>;
}

/** The user of all tests of a file: the mock cluster is simulated once for them. */
export function userOfFile(): User {
  const dir = Deno.makeTempDirSync({ prefix: "mtop-test-" });
  Deno.test.afterAll(() => Deno.removeSync(dir, { recursive: true }));
  return userIn(dir);
}

/** A user whose files all lie in this directory, which is where their shell stands too. */
export function userIn(dir: string): User {
  const env = {
    HOME: join(dir, "home"),
    XDG_CACHE_HOME: join(dir, "cache"),
    XDG_CONFIG_HOME: join(dir, "config"),
    XDG_STATE_HOME: join(dir, "state"),
    ...DENO_ENV,
  };
  const run = (...args: readonly string[]) => mtop(args, { cwd: dir, env, clearEnv: true });
  return {
    dir,
    env,
    mtop: run,
    data: async (...args) => {
      const { code, stdout, stderr } = await run(...args);
      if (code !== 0 || stderr !== "") throw new Error(`mtop ${args.join(" ")}: ${code} ${stderr}`);
      return stdout;
    },
    sh: async (script, more = {}) => {
      const RUN_MTOP = [Deno.execPath(), ...MTOP].map((word) => `'${word}'`).join(" ");
      const command = new Deno.Command("sh", {
        args: ["-c", `mtop() { ${RUN_MTOP} "$@"; }\n${script}`],
        cwd: dir,
        env: { RUN_MTOP, ...env, ...more },
        clearEnv: true,
        stdin: "null",
      });
      return text(await command.output());
    },
  };
}

/** What a process needs to start as this one did: its packages would be fetched anew elsewhere. */
export const DENO_ENV: Readonly<Record<string, string>> = {
  PATH: Deno.env.get("PATH") ?? "",
  DENO_DIR: denoDir(),
};

function denoDir(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** Calls `test` with an empty directory that is removed afterwards. */
export async function inTempDir(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "mtop-test-" });
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A small scenario that imports what it is made of by absolute paths, so that it can stand anywhere. */
export function smallScenario(changes: Readonly<Record<string, string>> = {}): string {
  const fields = {
    name: '"small"',
    duration: '"2m"',
    cluster: '{ nodes: [{ count: 1, gpus: "8xH100-SXM" }] }',
    services: "[llama]",
    load: '[poisson("chat", { to: "llama-3-70b", rps: 4, prompt: fixed(200), output: fixed(20) })]',
    expect: '[metric.errorRate().below("1%")]',
    ...changes,
  };
  const body = Object.entries(fields).map(([key, value]) => `  ${key}: ${value},`).join("\n");
  return `import * as mtop from "mtop";
const { ${WORDS.join(", ")} } = mtop;
import service from ${
    JSON.stringify(fromFileUrl("mocks/crs/llama-3-70b.json"))
  } with { type: "json" };
const llama = { ...service, spec: { ...service.spec, replicas: 1 } };
void [${WORDS.join(", ")}];
export default scenario({
${body}
});
`;
}

const WORDS = [
  "canary",
  "constant",
  "expect",
  "fixed",
  "gpuXid",
  "metric",
  "nodeLoss",
  "nodes",
  "pause",
  "pods",
  "poisson",
  "scenario",
  "setWeight",
];
