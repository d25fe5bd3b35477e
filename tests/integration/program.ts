// Runs the program as its user does, and what the tests of it have in common.

import { fromFileUrl, root } from "./root.ts";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The permissions that the `mtop` task grants. */
const MTOP = [
  "run",
  "--cached-only",
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  fromFileUrl("main.ts"),
];

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
  { cwd = root, env = {} }: RunOptions = {},
): Promise<Outcome> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
  });
  return text(await command.output());
}

export function text({ code, stdout, stderr }: Deno.CommandOutput): Outcome {
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
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
