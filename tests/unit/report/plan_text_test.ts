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
    "    b   constant 1 rps   to chat, priority -1, adapter sql, timeout 1m30s",
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
