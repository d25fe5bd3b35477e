// What `--plan` says of loads and of engines, beside the whole text of canary-failure in its golden file.
import assert from "node:assert/strict";
import { planText } from "../../../src/report/plan_text.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, smallScenario } from "../scenario/small_run.ts";

/** The lines of one section, without its title. */
function section(fields: Readonly<Record<string, unknown>>, title: string): string[] {
  const lines = planText(planned(smallScenario(fields))).trimEnd().split("\n");
  const begin = lines.indexOf(`  ${title}`) + 1;
  const length = lines.slice(begin).findIndex((line) => !line.startsWith("    "));
  return lines.slice(begin, length < 0 ? undefined : begin + length);
}

const load = (name: string, fields: Readonly<Record<string, unknown>>) => ({
  kind: "constant",
  name,
  to: "chat",
  rps: 1,
  prompt: { kind: "fixed", tokens: 10 },
  output: { kind: "fixed", tokens: 10 },
  ...fields,
});

Deno.test("planText() says of a load its priority, adapter and timeout where it has them", () => {
  const services = [llm("chat", { args: ["--enable-lora"] })];
  const all = load("b", { priority: -1, adapter: "sql", timeout: "90s" });
  assert.deepEqual(section({ services, load: [load("a", {}), all] }, "load"), [
    "    a   constant 1 rps   to chat",
    "      prompt 10; output 10 tokens",
    "    b   constant 1 rps   to chat, priority -1, adapter sql, timeout 1m30s",
    "      prompt 10; output 10 tokens",
  ]);
});

Deno.test("planText() says of a load how long its prompts and answers are", () => {
  const { prompt: _, output: __, ...bare } = load("c", {});
  const all = [
    load("a", { prompt: { kind: "lognormal", mean: 900, p99: 6_000 } }),
    load("b", { output: { kind: "uniform", min: 5, max: 9 } }),
    {
      ...bare,
      requests: {
        ...{ kind: "sharedPrefix", groups: 2, usersPerGroup: 3, systemTokens: 600 },
        questionTokens: { kind: "empirical", values: [1, 2, 3] },
        outputTokens: { kind: "fixed", tokens: 7 },
      },
    },
  ];
  const lines = section({ load: all }, "load").filter((line) => line.startsWith("      "));
  assert.deepEqual(lines, [
    "      prompt lognormal, mean 900, p99 6000; output 10 tokens",
    "      prompt 10; output 5 to 9 tokens",
    "      system prompt 600; question one of 3 that were measured; output 7 tokens",
  ]);
});

Deno.test("planText() says what nodes there are, and what drains ask", () => {
  const nodes = [
    { count: 3, gpus: "8xH100-SXM", zone: "a", spot: "aws", taints: ["dedicated=llm:NoSchedule"] },
    { count: 2, gpus: "8xH100-SXM" },
    { count: 1 },
  ];
  const cluster = { nodes, budgets: { chat: { maxUnavailable: 1 } } };
  assert.deepEqual(section({ cluster }, "nodes"), [
    "    3 × 8xH100-SXM     zone a, spot of aws, taint dedicated=llm:NoSchedule",
    "    2 × 8xH100-SXM",
    "    1 × without GPUs",
    "    disruption budget of chat: maxUnavailable 1",
  ]);
});

Deno.test("planText() says what requests are held against, of services and of loads", () => {
  const slo = { chat: { ttft: { p95: "1s" }, goodput: "99%", window: "720h" } };
  const own = load("b", { slo: { e2e: { p50: "5s", p99: "1m" } } });
  assert.deepEqual(section({ slo, load: [load("a", {}), own] }, "objectives"), [
    "    chat     ttft p95 ≤ 1s, met by 99% of requests in 720h",
    "    load b   e2e p50 ≤ 5s, e2e p99 ≤ 1m",
  ]);
});

Deno.test("planText() says on how many pods a fault is", () => {
  const kill = (on: object) => ({ kind: "pod-kill", when: "1m", on: { kind: "pods", ...on } });
  const faults = [
    kill({ mode: "first" }),
    kill({ mode: "all", of: "stable" }),
    kill({ mode: "fixed", count: 2, service: "chat" }),
    kill({ mode: "percent", percent: 50 }),
    kill({ mode: "random", count: 1 }),
  ];
  const texts = section({ faults }, "faults").map((line) => line.replace(/.*deletion /, ""));
  assert.deepEqual(texts, [
    "on first pod, at 1m",
    "on all pods stable, at 1m",
    "on 2 pods of chat, at 1m",
    "on 50% of pods, at 1m",
    "on 1 random pod, at 1m",
  ]);
});

Deno.test("planText() says nothing of an engine that is as vLLM has it", () => {
  assert.deepEqual(section({ services: [llm("chat")] }, "services"), [
    "    chat   1 replicas of 1 GPUs   vllm:1",
    "      balanced round-robin",
  ]);
});

Deno.test("planText() says of an engine what its flags change", () => {
  const args = [
    "--max-model-len=8192",
    "--max-num-seqs=64",
    "--max-num-batched-tokens=4096",
    "--gpu-memory-utilization=0.8",
    "--quantization=fp8",
    "--kv-cache-dtype=fp8",
    "--scheduling-policy=priority",
    "--no-enable-prefix-caching",
    "--no-async-scheduling",
    "--enable-lora",
    "--max-loras=4",
    "--max-lora-rank=32",
  ];
  const [, line] = section({ services: [llm("chat", { gpus: 2, args })] }, "services");
  assert.equal(
    line,
    "      tensor parallel 2, max-model-len 8192, max-num-seqs 64, max-num-batched-tokens 4096, " +
      "gpu-memory-utilization 0.8, quantization fp8, KV cache in fp8, scheduled by priority, " +
      "no prefix caching, no async scheduling, 4 LoRA slots of rank 32",
  );
});

Deno.test("planText() says what speculates", () => {
  const config = JSON.stringify({ method: "ngram", num_speculative_tokens: 2 });
  const service = llm("chat", { args: [`--speculative-config=${config}`] });
  const metadata = { name: "chat", annotations: { "mtop.dev/acceptance-rate": "0.5" } };
  const [, line] = section({ services: [{ ...service, metadata }] }, "services");
  // 0.5 + 0.25 of two drafts.
  assert.equal(line, "      no async scheduling, 2 drafts a step by ngram, 0.75 accepted");
});

Deno.test("planText() says what prefills for a service, and how", () => {
  const service = llm("chat", { args: ["--max-num-seqs=32"] });
  const { template } = llm("chat", { args: ["--max-num-batched-tokens=16384"] }).spec;
  const prefill = { replicas: 2, parallelism: { tensor: 2 }, template };
  const services = [{ ...service, spec: { ...service.spec, prefill } }];
  assert.deepEqual(section({ services }, "services"), [
    "    chat   1 replicas of 1 GPUs   vllm:1",
    "      decode: max-num-seqs 32",
    "      prefill: 2 replicas of 2 GPUs, tensor parallel 2, max-num-batched-tokens 16384",
    "      balanced round-robin",
  ]);
});

Deno.test("planText() tells each expectation, and the scenarios that are simulated as well", () => {
  const measured = { kind: "metric", metric: "ttft" };
  const expect = [
    { kind: "always", check: { ...measured, comparison: "below", threshold: "1s" }, until: "5m" },
    { kind: "betterThan", than: smallScenario({ name: "before" }), measured, by: "10%" },
    { kind: "cost", below: 3 },
  ];
  assert.deepEqual(section({ expect }, "expects"), [
    "    always ttft p95 below 1s until 5m",
    "    ttft p95 better than before by 10%",
    "    cost below $3",
  ]);
  assert.deepEqual(section({ expect }, "simulates as well"), ["    before, 10m, for expect[1]"]);
});

Deno.test("planText() tells of rollouts of every strategy what they would do", () => {
  const check = { kind: "metric", metric: "errorRate", comparison: "below", threshold: "5%" };
  const guard = (of: string) => ({
    ...{ kind: "analysis", name: "guard", every: "10s", count: 2 },
    checks: [{ ...check, of }],
  });
  const names = ["a", "b", "c", "d"];
  const begin = (kind: string, service: string) => ({
    ...{ kind, service, at: "1m", to: { image: "vllm:2" } },
  });
  const rollouts = [
    {
      ...begin("canary", "a"),
      steps: [
        { kind: "setCanaryScale", replicas: 1 },
        { kind: "setMirrorRoute", percentage: 5 },
        { kind: "replicaProgressThreshold", type: "Percent", value: 90 },
        {
          kind: "experiment",
          templates: [{ name: "baseline", specRef: "stable" }],
          duration: "5m",
        },
      ],
      ...{ dynamicStableScale: true, progressDeadlineAbort: true, rollback: true },
    },
    {
      ...begin("blueGreen", "b"),
      to: { args: ["--max-num-seqs=4"], replicas: 2 },
      ...{ autoPromotion: false, prePromotion: guard("preview") },
    },
    { ...begin("rolling", "c"), maxSurge: 1, rollback: true, analysis: { ...guard("stable") } },
    { ...begin("shadow", "d"), percent: 25, for: "10m" },
  ];
  const services = names.map((name) => llm(name));
  const changes = [{ kind: "act", act: "promoteFull", service: "b", when: "5m" }];
  const fields = { services, rollouts, changes, load: [load("x", { to: "a" })] };
  assert.deepEqual(section(fields, "rollouts"), [
    "    canary of a to vllm:2, at 1m",
    "      step 0  setCanaryScale 1",
    "      step 1  setMirrorRoute 5%",
    "      step 2  replicaProgressThreshold 90%",
    "      step 3  experiment baseline 5m",
    "      stable scales with its weight, aborted after 10m without progress, undone when aborted",
    "    blue-green of b to args --max-num-seqs=4, 2 replicas, at 1m",
    "      step 0  setCanaryScale 100%",
    "      step 1  preview until promoted with analysis guard",
    "      step 2  setWeight 100",
    "      prePromotion every 10s  errorRate below 5% of preview, count 2",
    "    rolling to image vllm:2 of c, at 1m",
    "      maxSurge 1, undone when overdue",
    "      every 10s  errorRate below 5% of stable, count 2",
    "    shadow of d to vllm:2, at 1m",
    "      step 0  setCanaryScale 25%",
    "      step 1  setMirrorRoute 25%",
    "      step 2  pause 10m",
    "      step 3  setMirrorRoute off",
    "      then it is removed",
  ]);
  assert.deepEqual(section(fields, "changes"), ["    promote in full the rollout of b, at 5m"]);
});
