// mtop's bytes are kubectl's: what kubectl 1.32 printed about a few objects, `mtop` prints about the
// same ones, in a run file or a folder. `tests/golden/kubectl` has the commands and the answers.

import { deepStrictEqual, ok } from "node:assert/strict";
import type { FleetEvent } from "../../src/fleet/events.ts";
import { type KubeObject, objectKey } from "../../src/kube/object.ts";
import { encodeEvent } from "../../src/log/codec.ts";
import { LogFileWriter } from "../../src/log/file_writer.ts";
import { RunHash } from "../../src/log/hash.ts";
import { timestampUs } from "../../src/view/age.ts";
import { inTempDir, mtop, type Outcome, userIn } from "./program.ts";

interface Block {
  readonly command: string;
  /** Some answers were given two seconds after the first. */
  readonly later: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const FILES = [
  "get",
  "get-output",
  "get-nothing",
  "describe",
  "events",
  "create",
  "delete",
  "others",
];

/** Commands that are left out, by how they begin, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "kubectl get llmisvc -o 'go-template=": "mtop has no Go templates",
  "kubectl get llmisvc -n locked": "nobody is forbidden anything in a mock cluster",
  "kubectl get llmisvc --context=nah": "mtop has no contexts",
  "kubectl rollout status": "mtop has no rollout command",
  "kubectl top pods": "mtop top is another command than kubectl's",
};

/** Commands that change what is there, or ask for a present: they get a folder instead of a run. */
const ON_FILES = ["kubectl create", "kubectl delete", "kubectl logs"];

/** Commands that end before there is anything to look at: they take no options. */
const USAGE = ["kubectl frobnicate", "kubectl gte"];

/** The instant of most answers, and that of the later ones. */
const NOW_US = us("2026-11-23T15:24:20Z");
const LATER_US = NOW_US + 2_000_000;

Deno.test("mtop prints what kubectl prints about the same objects", (test) =>
  inTempDir(async (dir) => {
    const log = `${dir}/transcript.jsonl`;
    writeRun(log);
    const unused = new Set(Object.keys(LEFT_OUT));
    for (const file of FILES) {
      for (const block of readBlocks(file)) {
        const left = Object.keys(LEFT_OUT).find((begin) => block.command.startsWith(begin));
        if (left !== undefined) {
          unused.delete(left);
          continue;
        }
        await test.step(block.command, async () => {
          const { stdout, stderr, code } = block;
          deepStrictEqual(await answer(block, log), { stdout, stderr: asMtop(stderr), code });
        });
      }
    }
    ok(unused.size === 0, `no transcript begins with ${[...unused].join(", ")}`);
  }));

async function answer({ command, later }: Block, log: string): Promise<Outcome> {
  const [, ...words] = shellWords(command);
  const isOneOf = (commands: readonly string[]) =>
    commands.some((begin) => command.startsWith(begin));
  if (isOneOf(USAGE)) return await mtop(words);
  if (!isOneOf(ON_FILES)) {
    const at = `${(later ? LATER_US : NOW_US) / 1_000_000}s`;
    return await mtop([...words, "--log", log, "--at", at]);
  }
  let outcome: Outcome | undefined;
  await inTempDir(async (dir) => {
    await writeFolder(dir);
    outcome = await userIn(dir).mtop("--mocks", "mocks", ...words);
  });
  return outcome!;
}

/** The files that the writing commands name, and the service that is there before them. */
async function writeFolder(dir: string): Promise<void> {
  const yaml = (name: string, { kind = "kind: LLMInferenceService\n", replicas = 1 } = {}) =>
    `apiVersion: serving.kserve.io/v1alpha2
${kind}metadata:
  name: ${name}
  namespace: default
spec:
  model:
    uri: hf://a/b
  replicas: ${replicas}
`;
  const files = {
    "mocks/granite-8b.yaml": yaml("granite-8b"),
    "a.yaml": yaml("new-model"),
    "bad.yaml": yaml("new-model", { replicas: -1 }),
    "broken.yaml": "{ a: [\n",
    "dup.yaml": yaml("granite-8b"),
    "miss.yaml": yaml("new-model", { kind: "" }),
    "nokind.yaml": yaml("new-model", { kind: "kind: LLMInferenceSvc\n" }),
  };
  await Deno.mkdir(`${dir}/mocks`);
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${dir}/${name}`, text);
  }
}

function us(timestamp: string): number {
  const value = timestampUs(timestamp);
  if (value === undefined) throw new Error(`${timestamp} is no timestamp`);
  return value;
}

/**
 * Where kubectl names itself, mtop does. An unknown command or flag was told by a build of kubectl
 * that says "Error:"; all its other sentences begin with "error:", and so do all of mtop's.
 */
function asMtop(text: string): string {
  return text.replaceAll("kubectl", "mtop").replace(/^Error: unknown/, "error: unknown")
    // mtop has no explain.
    .replace(/^Use "mtop explain .*\n/m, "");
}

function readBlocks(name: string): Block[] {
  const url = new URL(`../golden/kubectl/${name}.txt`, import.meta.url);
  return Deno.readTextFileSync(url).split(/\n(?=\$ )/).map((text) => {
    const [first = "", ...lines] = text.trimEnd().split("\n");
    const [, code] = /^\[exit (\d+)\]$/.exec(lines.pop() ?? "") ?? [];
    if (code === undefined) throw new Error(`${name}.txt: "${first}" has no exit code`);
    const isError = (line: string) => line.startsWith("[stderr]");
    const stdout = lines.filter((line) => !isError(line)).map((line) => `${line}\n`).join("");
    const stderr = lines.filter(isError).map((line) => `${line.slice("[stderr] ".length)}\n`);
    const [command = "", later] = first.slice("$ ".length).split("  # ");
    return {
      command,
      later: later === "2s later",
      stdout: stdout.replace("<no newline at end>\n", ""),
      stderr: stderr.join(""),
      code: Number(code),
    };
  });
}

/** As a shell takes them; single quotes are all there is. */
function shellWords(command: string): string[] {
  return (command.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ""));
}

function service(name: string, rest: Partial<Record<"metadata" | "spec" | "status", object>>) {
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: {
      name,
      namespace: "default",
      labels: { "app.kubernetes.io/part-of": "llminferenceservice" },
      ...rest.metadata,
    },
    spec: { replicas: 4, ...rest.spec },
    status: rest.status ?? {},
  } as KubeObject;
}

function ready(namespace: string, name: string) {
  const url = `http://gateway.example/${namespace}/${name}`;
  return { addresses: [{ url }], conditions: [{ type: "Ready", status: "True" }], url };
}

const GRANITE = service("granite-8b", {
  metadata: { creationTimestamp: "2026-11-18T15:24:10Z" },
  status: ready("default", "granite-8b"),
});
const QWEN = service("qwen-72b", {
  metadata: { namespace: "staging", creationTimestamp: "2026-11-23T12:09:10Z" },
  status: ready("staging", "qwen-72b"),
});
const LLAMA_URL = "http://gateway.example/default/llama-3-70b";
const LLAMA = service("llama-3-70b", {
  metadata: {
    annotations: { "mtop.dev/revision": "2" },
    creationTimestamp: "2026-11-23T15:11:59Z",
    generation: 3,
    uid: "u-llama-3-70b",
  },
  spec: {
    model: { name: "llama-3-70b", uri: "hf://meta-llama/Llama-3.3-70B-Instruct" },
    parallelism: { tensor: 8 },
  },
  status: {
    addresses: [{ url: LLAMA_URL }],
    conditions: [{
      lastTransitionTime: "2026-11-23T15:12:39Z",
      message: "Deployment does not have minimum availability.",
      reason: "MinimumReplicasUnavailable",
      severity: "Info",
      status: "False",
      type: "Ready",
    }],
    observedGeneration: 3,
    url: LLAMA_URL,
  },
});
const MIXTRAL = service("mixtral-8x7b", {
  metadata: { creationTimestamp: "2026-11-23T15:23:40Z" },
  status: { conditions: [{ type: "Ready", status: "Unknown" }] },
});

/** What it told seven times, the last of them 27 s before the later answers. */
const NOT_READY_SECONDS_AGO = [407, 344, 281, 217, 154, 91, 27];

function writeRun(path: string): void {
  const applied = (at: string, object: KubeObject) => ({
    at: us(at),
    kind: "object.applied" as const,
    key: objectKey(object),
    object,
  });
  const told = (at: number, type: "Normal" | "Warning", reason: string, message: string) => ({
    at,
    kind: "event" as const,
    type,
    reason,
    object: "LLMInferenceService/default/llama-3-70b",
    message,
    source: "llmisvc-controller",
  });
  const notReady = NOT_READY_SECONDS_AGO.map((seconds) => {
    const message = "LLMInferenceService [llama-3-70b] is no longer Ready";
    return told(LATER_US - seconds * 1_000_000, "Warning", "NotReady", message);
  });
  const created = "Created Deployment default/llama-3-70b-kserve";
  const facts = [
    applied("2026-11-18T15:24:10Z", GRANITE),
    applied("2026-11-23T12:09:10Z", QWEN),
    applied("2026-11-23T15:12:39Z", LLAMA),
    told(us("2026-11-23T15:12:39Z"), "Normal", "Created", created),
    ...notReady,
    applied("2026-11-23T15:23:40Z", MIXTRAL),
    { at: LATER_US, kind: "run.ended" as const, inFlight: {} },
  ].sort((a, b) => a.at - b.at);
  // An object's resourceVersion is the number of the event that wrote it, and the llama's was 42.
  const first = 42 - facts.findIndex((fact) => "object" in fact && fact.object === LLAMA);
  const events = facts.map((fact, index) => ({ ...fact, seq: first + index }) as FleetEvent);
  const writer = LogFileWriter.open(path, {
    formatVersion: 1,
    mtop: "test",
    deno: "",
    v8: "",
    kind: "simulation",
    seed: 1,
    scenario: {},
    scenarioHash: "",
    inputs: {},
  });
  const hash = new RunHash();
  for (const line of events.map(encodeEvent)) {
    hash.add(line);
    writer.append(line);
  }
  writer.close({ events: hash.events, hash: hash.digest() });
}
