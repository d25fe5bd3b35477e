// What was done by hand stands in the log, and verify and a branch do it again.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { logHeader } from "../../src/cli/log_header.ts";
import { encodeFooter } from "../../src/log/codec.ts";
import { LogFileWriter } from "../../src/log/file_writer.ts";
import { RunHash } from "../../src/log/hash.ts";
import { canary, nodeLoss, nodes, pause, setWeight } from "../../src/mod.ts";
import { plan } from "../../src/scenario/plan.ts";
import { Simulation } from "../../src/scenario/run.ts";
import { llm } from "../unit/fleet/small_fleet.ts";
import { smallScenario } from "../unit/scenario/small_run.ts";
import { inTempDir, mtop, smallScenario as scenarioFile, userIn } from "./program.ts";
import { ignore, onPty } from "./pty.ts";

const SECOND = 1_000_000;
const SCENARIO = smallScenario({
  cluster: { nodes: [{ count: 4, gpus: "8xH100-SXM" }] },
  services: [llm("chat", { replicas: 2 })],
  faults: [
    nodeLoss({ on: nodes({ service: "chat" }).first(), when: "20m", for: "2s", name: "loss" }),
  ],
  rollouts: [
    canary("chat", {
      at: "60s",
      to: { image: "vllm:2" },
      steps: [setWeight(50), pause(), setWeight(75), pause("1m")],
    }),
  ],
});

/** Promotes by hand at 450 s, resumes what nobody paused, begins a fault early, and records the run. */
function record(path: string): string {
  const planned = plan(SCENARIO);
  if ("problems" in planned) throw new Error(JSON.stringify(planned.problems));
  const writer = LogFileWriter.open(path, logHeader(SCENARIO, 1));
  const simulation = new Simulation(planned, {
    ...{ data: SCENARIO, seed: 1 },
    sink: (_event, line) => writer.append(line),
  });
  for (const [second, act] of [[450, "promote"], [590, "resume"]] as const) {
    simulation.advance(second * SECOND);
    simulation.hand.do({ act, service: "chat" });
  }
  simulation.advance(595 * SECOND);
  simulation.hand.do({ fault: "loss" });
  simulation.advance(simulation.durationUs);
  simulation.finish();
  writer.close({ events: simulation.events, hash: simulation.hash });
  return simulation.hash.slice(0, 12);
}

const linesOf = (path: string) => Deno.readTextFileSync(path).trimEnd().split("\n");

Deno.test("mtop verify does again what was done by hand, and replay tells it", () =>
  inTempDir(async (dir) => {
    const hash = record(`${dir}/run.jsonl`);
    const { code, stdout, stderr } = await mtop(["verify", "run.jsonl"], { cwd: dir });
    strictEqual(code, 0, stderr);
    match(stdout, new RegExp(`simulates again to the same [0-9,]+ events, log ${hash}`));
    const shown = await mtop(["replay", "run.jsonl"], { cwd: dir });
    match(
      shown.stdout,
      /7m30s +Action +rollouts\[0\] +somebody says promote to the rollout of chat, by hand/,
    );
    match(shown.stdout, /9m50s +ActionRefused +rollouts\[0\] +Cannot resume the rollout/);
    match(shown.stdout, /9m55s +Action +loss +somebody begins loss, by hand/);
  }));

Deno.test("mtop verify tells an act that was changed from one that this mtop does not know", () =>
  inTempDir(async (dir) => {
    record(`${dir}/run.jsonl`);
    const lines = linesOf(`${dir}/run.jsonl`)
      .map((line) => line.replace('"action":"promote"', '"action":"levitate"'));
    const forge = async (lines: readonly string[]) => {
      Deno.writeTextFileSync(`${dir}/forged.jsonl`, lines.join("\n") + "\n");
      const { code, stderr } = await mtop(["verify", "forged.jsonl"], { cwd: dir });
      strictEqual(code, 1);
      return stderr;
    };
    match(await forge(lines), /^error: file changed: /);
    const hash = new RunHash();
    for (const line of lines.slice(1, -1)) hash.add(line);
    const footer = encodeFooter({ events: hash.events, hash: hash.digest() });
    match(
      await forge([...lines.slice(0, -1), footer]),
      /^error: engine changed: "levitate" by hand is nothing that this mtop can do\n/,
    );
  }));

Deno.test("mtop run --from does again what was done by hand before the branch, and so does its verify", () =>
  inTempDir(async (dir) => {
    record(`${dir}/run.jsonl`);
    const args = ["--at", "9m", "--set", "load.users.rps=4", "--record", "fork.jsonl"];
    const fork = await mtop(["run", "--from", "run.jsonl", ...args], { cwd: dir });
    strictEqual(fork.code, 0, fork.stderr);
    const told = linesOf(`${dir}/fork.jsonl`).filter((line) => line.includes('"origin":"hand"'));
    deepStrictEqual(told.map((line) => JSON.parse(line).at), [450 * SECOND]);
    const verified = await mtop(["verify", "fork.jsonl"], { cwd: dir });
    strictEqual(verified.code, 0, verified.stderr);
  }));

Deno.test("--keep-failed keeps a branch with what was done by hand before it", () =>
  inTempDir(async (dir) => {
    record(`${dir}/run.jsonl`);
    const never = '{"kind":"metric","metric":"errorRate","comparison":"above","threshold":"50%"}';
    const args = ["--at", "9m", "--set", `expect=[${never}]`, "--keep-failed", "failed"];
    const fork = await mtop(["run", "--from", "run.jsonl", ...args], { cwd: dir });
    strictEqual(fork.code, 99, fork.stderr);
    match(fork.stdout, /once more: mtop run --from run\.jsonl --at 9m .*--seed 1\n/);
    const [kept] = [...Deno.readDirSync(`${dir}/failed`)];
    const verified = await mtop(["verify", `failed/${kept!.name}`], { cwd: dir });
    strictEqual(verified.code, 0, verified.stderr);
  }));

/** `small.ts`: a canary that stands at half of the traffic until somebody promotes it. */
const STANDING = {
  duration: '"25m"',
  rollouts: `[canary("llama-3-70b", {
    at: "1m",
    to: { image: "vllm/vllm-openai:v0.15.1" },
    steps: [setWeight(50), pause(), setWeight(100)],
  })]`,
  expect: '[expect.completed("llama-3-70b")]',
};

async function withStanding(test: (dir: string, log: string) => Promise<void>): Promise<void> {
  await inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, scenarioFile(STANDING));
    await test(dir, `${dir}/run.jsonl`);
  });
}

const top = (dir: string, log: string, speed: string) => [
  ...["run", `${dir}/small.ts`, "--top", "--speed", speed, "--record", log],
];

Deno.test({
  name: "mtop run --top promotes at a key; its log verifies and replays the same, and branches",
  ignore,
  fn: () =>
    withStanding(async (dir, log) => {
      const { output, code } = await onPty(top(dir, log, "120x"), {
        columns: 100,
        rows: 20,
        type: [
          [/‖ Paused +1\/3 \(pause\)/, "p"],
          [/rollout 'llama-3-70b' promoted at 1\dm\d\ds/, "+++++"],
          [/25m00s of 25m00s .*ENDED/, "q"],
        ],
      });
      strictEqual(code, 0, output);
      const [, hash] = /, log ([0-9a-f]{12})/.exec(output) ?? [];
      const verified = await mtop(["verify", log]);
      strictEqual(verified.code, 0, verified.stderr);
      match(verified.stdout, new RegExp(`log ${hash}\n$`));
      const { stdout } = await mtop(["replay", log]);
      match(stdout, /Action +rollouts\[0\] +somebody says promote to the rollout of llama-3-70b/);
      match(stdout, /RolloutCompleted/);
      const [act] = linesOf(log).filter((line) => line.includes('"origin":"hand"'));
      const { at } = JSON.parse(act!);
      const args = [
        "--at",
        `${at + 1}us`,
        "--set",
        "load.chat.rps=5",
        "--record",
        `${dir}/b.jsonl`,
      ];
      const branch = await mtop(["run", "--from", log, ...args]);
      strictEqual(branch.code, 0, branch.stderr);
      strictEqual((await mtop(["verify", `${dir}/b.jsonl`])).code, 0);
    }),
});

Deno.test({
  name: "mtop run --top asks before it aborts, and Ctrl-C leaves all that was done in the log",
  ignore,
  fn: () =>
    withStanding(async (dir, log) => {
      const { output, code, restored } = await onPty(top(dir, log, "120x"), {
        columns: 100,
        rows: 20,
        type: [
          [/‖ Paused +1\/3 \(pause\)/, "a"],
          [/Abort the rollout of llama-3-70b\?[^]* yes [^]* no/, "n"],
          [/ abort/, " a"],
          [/Abort the rollout of llama-3-70b\?/, "y"],
          [/rollout 'llama-3-70b' aborted at[^]* retry/, "p"],
          [/Cannot promote the rollout: it is aborted/, "\x03"],
        ],
      });
      strictEqual(code, 105, output);
      ok(restored);
      const told = linesOf(log).map((line) => JSON.parse(line))
        .filter(({ origin }) => origin === "hand");
      deepStrictEqual(told.map(({ action, argument }) => [action, argument.refused]), [
        ["abort", undefined],
        ["promote", "Cannot promote the rollout: it is aborted"],
      ]);
      const { code: replayed, stdout, stderr } = await mtop(["replay", log]);
      strictEqual(replayed, 0);
      match(stdout, /RolloutAborted/);
      match(stderr, /^warning: /);
    }),
});

Deno.test({
  name: "mtop replay -w says which branch a key would have made, and that command line makes it",
  ignore,
  fn: () =>
    inTempDir(async (dir) => {
      record(`${dir}/run.jsonl`);
      const args = ["replay", `${dir}/run.jsonl`, "-w", "--speed", "20x"];
      const { output, code } = await onPty(args, {
        columns: 300,
        rows: 20,
        type: [[/[2-8]m\d\ds of 10m00s/, " "], [/PAUSED/, "a"], [/for another future: .*'/, "q"]],
      });
      strictEqual(code, 0, output);
      const [, words] = /for another future: mtop (run --from .*')/.exec(output) ?? [];
      const again = await userIn(dir).sh(`mtop ${words} --record fork.jsonl`);
      strictEqual(again.code, 0, again.stderr);
      const told = linesOf(`${dir}/fork.jsonl`).filter((line) => line.includes('"kind":"action"'));
      match(told.join(), /"action":"abort"/);
    }),
});
