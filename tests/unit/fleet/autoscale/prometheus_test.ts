import assert from "node:assert/strict";
import {
  Prometheus,
  SCRAPE_US,
  type Scraped,
  VARIANT_SCRAPE_US,
} from "../../../../src/fleet/autoscale/prometheus.ts";
import type { PodSample } from "../../../../src/fleet/autoscale/scraped_metrics.ts";
import { Clock } from "../../../../src/sim/clock.ts";
import { Streams } from "../../../../src/sim/streams.ts";

const SECOND = 1_000_000;
const NO_COUNTS = {
  promptTokens: 0,
  outputTokens: 0,
  preemptions: 0,
  prefixQueries: 0,
  prefixHits: 0,
};

/** A member whose pods a test sets. */
class Member implements Scraped {
  readonly labels;
  samples: { pod: string; waiting: number; role?: string }[] = [];
  scrapes = 0;
  picker = true;

  constructor(name: string, namespace = "default") {
    this.labels = { namespace, llm_isvc_name: name };
  }

  pods(): PodSample[] {
    this.scrapes++;
    return this.samples.map(({ pod, waiting, role = "both" }) => ({
      ...{ pod, role, waiting, running: 0, kvUsage: 0.5, counts: NO_COUNTS },
    }));
  }

  member() {
    const { picker } = this;
    const counts = { inFlight: 1, readyEndpoints: 1, arrived: 10, completed: 9 };
    return { queued: 4, ...counts, picker };
  }
}

function prometheus() {
  const clock = new Clock();
  const streams = new Streams(1);
  const server = new Prometheus(clock, (of) => streams.stream(of));
  const ask = (text: string) => {
    const prepared = server.prepare(text);
    if ("error" in prepared) assert.fail(prepared.error);
    return server.ask(prepared.query).map(({ value }) => value);
  };
  return { clock, server, ask };
}

const WAITING = "sum(vllm:num_requests_waiting)";

Deno.test("Prometheus scrapes a member at once, and then every 30 s from within the first 30 s", () => {
  const { clock, server } = prometheus();
  const member = new Member("chat");
  server.watch(member);
  assert.equal(member.scrapes, 1);
  clock.runUntil(SCRAPE_US);
  assert.equal(member.scrapes, 2);
  clock.runUntil(10 * SCRAPE_US);
  assert.equal(member.scrapes, 11);
});

Deno.test("Prometheus answers with what it scraped last, not with what is", () => {
  const { clock, server, ask } = prometheus();
  const member = new Member("chat");
  member.samples = [{ pod: "a", waiting: 3 }];
  server.watch(member);
  member.samples = [{ pod: "a", waiting: 8 }];
  assert.deepEqual(ask(WAITING), [3]);
  clock.runUntil(SCRAPE_US);
  assert.deepEqual(ask(WAITING), [8]);
});

Deno.test("Prometheus forgets a pod with the first scrape that does not find it, but not its past", () => {
  const { clock, server, ask } = prometheus();
  const member = new Member("chat");
  const peak = "max(max_over_time(vllm:num_requests_waiting[1m]))";
  member.samples = [{ pod: "a", waiting: 3 }, { pod: "b", waiting: 9 }];
  ask(peak);
  server.watch(member);
  member.samples = [{ pod: "a", waiting: 1 }];
  clock.runUntil(SCRAPE_US);
  assert.deepEqual([ask(WAITING), ask(peak)], [[1], [9]]);
  clock.runUntil(4 * SCRAPE_US);
  assert.deepEqual(ask(peak), [1]);
});

Deno.test("Prometheus keeps members and roles apart by their labels", () => {
  const { server, ask } = prometheus();
  const [chat, code] = [new Member("chat"), new Member("code", "other")];
  chat.samples = [{ pod: "a", waiting: 1 }, { pod: "b", waiting: 2, role: "prefill" }];
  code.samples = [{ pod: "c", waiting: 4 }];
  server.watch(chat);
  server.watch(code);
  assert.deepEqual(ask(WAITING), [7]);
  assert.deepEqual(ask(`sum(vllm:num_requests_waiting{llm_isvc_name="chat"})`), [3]);
  assert.deepEqual(ask(`sum(kserve_vllm:num_requests_waiting{namespace="other"})`), [4]);
  assert.deepEqual(ask(`sum(vllm:num_requests_waiting{llm_isvc_role="prefill"})`), [2]);
  assert.deepEqual(ask(`vllm:num_requests_waiting{pod=~"a|c"}`), [1, 4]);
});

Deno.test("Prometheus has the endpoint picker's metrics under both of its names while one answers", () => {
  const { clock, server, ask } = prometheus();
  const member = new Member("chat");
  const names = [
    "llm_d_epp_flow_control_queue_size",
    "inference_extension_flow_control_queue_size",
    "kserve_llm_d_epp_flow_control_queue_size",
  ];
  for (const name of names) server.prepare(name);
  server.watch(member);
  assert.deepEqual(names.flatMap(ask), [4, 4, 4]);
  assert.deepEqual(ask("llm_d_epp_request_running"), [5]);
  member.picker = false;
  clock.runUntil(SCRAPE_US);
  assert.deepEqual(names.flatMap(ask), []);
  // What engines count is there without a picker.
  assert.deepEqual(ask("vllm:request_success_total"), [9]);
});

Deno.test("Prometheus.prepare() names a metric that is not simulated", () => {
  const { server } = prometheus();
  const prepared = server.prepare("sum(vllm:num_requests_waiting) + sum(DCGM_FI_DEV_GPU_UTIL)");
  assert.deepEqual(prepared, { error: `the metric "DCGM_FI_DEV_GPU_UTIL" is not simulated` });
});

Deno.test("Prometheus.isAskedFor() says which members queries may be about", () => {
  const asked = (query: string, labels: Record<string, string>) => {
    const { server } = prometheus();
    server.prepare(query);
    return server.isAskedFor(labels);
  };
  const chat = { namespace: "default", llm_isvc_name: "chat" };
  assert.ok(asked(WAITING, chat));
  assert.ok(asked(`vllm:num_requests_waiting{llm_isvc_name="chat",pod="x"}`, chat));
  assert.ok(!asked(`vllm:num_requests_waiting{llm_isvc_name="code"}`, chat));
  assert.ok(!asked(`vllm:num_requests_waiting{namespace!="default"}`, chat));
  assert.ok(!asked(`wva_desired_replicas{variant_name="chat"}`, chat));
});

Deno.test("Prometheus shows what an autoscaler publishes with its next scrape of it, within 10 s", () => {
  const { clock, server } = prometheus();
  const labels = { exported_namespace: "default", variant_name: "v" };
  const read = () => server.published("wva_desired_replicas", "default", "v");
  assert.equal(read(), undefined);
  server.publish("wva_desired_replicas", labels, 2, -VARIANT_SCRAPE_US);
  assert.equal(read(), 2);
  clock.runUntil(60 * SECOND);
  server.publish("wva_desired_replicas", labels, 3);
  let seen = 0;
  while (read() === 2 && seen <= 10) {
    seen++;
    clock.runUntil(clock.nowUs + SECOND);
  }
  assert.ok(read() === 3 && seen <= 10, `${seen}`);
});

Deno.test("Prometheus.unwatch() ends the scrapes of a member", () => {
  const { clock, server, ask } = prometheus();
  const member = new Member("chat");
  server.watch(member);
  server.unwatch(member);
  clock.runUntil(10 * SCRAPE_US);
  assert.equal(member.scrapes, 1);
  assert.deepEqual(ask(WAITING), []);
});
