// Routing's part of the time: picks a second of the endpoint picker alone, and runs with and without it.
import { lognormal, poisson, scenario, trace } from "mtop";
import type { FleetRequest } from "../../src/fleet/fleet_request.ts";
import { defaultConfig } from "../../src/fleet/picker/defaults.ts";
import { EndpointPicker } from "../../src/fleet/picker/endpoint_picker.ts";
import type { PickedPod } from "../../src/fleet/picker/endpoints.ts";
import { readConfig } from "../../src/fleet/picker/read_config.ts";
import type { ServingEngine } from "../../src/serving/data_parallel.ts";
import { Clock } from "../../src/sim/clock.ts";
import { Streams } from "../../src/sim/streams.ts";
import { judged, median, root } from "./processes.ts";
import { describe, inFreshProcess, measure, service } from "./simulated.ts";

const TRACE = `${root}../shared/data/traces/mooncake/conversation_trace.jsonl`;
const PICKS = 200_000;
/** Of the engine's 200,000 requests a second, a fifth of the time may be the picker's. */
const MIN_PICKS_PER_SECOND = 1_000_000;
const GAP_US = 100;
const PREFIXES = 83;
const PROCESSES = 3;

/** An endpoint whose metrics change with each scrape; nothing of an engine but what a picker reads. */
function pod(index: number): PickedPod {
  let reads = index;
  const engine = {
    frozen: false,
    kvBlocks: 30_000,
    get gauges() {
      reads++;
      return { waiting: reads % 7, running: reads % 31, usedBlocks: reads * 997 % 30_000 };
    },
  };
  return {
    name: `pod-${index}`,
    image: "vllm:1",
    alive: true,
    gone: false,
    engine: engine as unknown as ServingEngine,
  };
}

/** A system prompt of all, a document of some, and a conversation of one: then what is new. */
function requests(): FleetRequest[] {
  return Array.from({ length: PREFIXES * 3 }, (_, index) => ({
    promptTokens: 9000,
    outputTokens: 1000,
    warmup: false,
    kind: {},
    content: {
      ids: [0, 1 + index % PREFIXES, 1 + PREFIXES + index],
      ends: [1000, 7000, 8000],
    },
  }));
}

/** Picks a second of KServe's default configuration; the clock stands in each 100 µs for a request. */
function picksPerSecond(endpoints: number): number {
  const read = readConfig(defaultConfig(false, false));
  if (!("plan" in read)) throw new Error("KServe's own configuration cannot be read");
  const clock = new Clock();
  const streams = new Streams(1);
  let sent = 0;
  const context = { clock, loraSlots: 0, stream: (name: string) => streams.stream(name) };
  const picker = new EndpointPicker(read.plan, context, {
    send: () => {
      sent++;
      return undefined;
    },
    refuse: () => {},
    giveUp: () => {},
    hasFirstToken: () => true,
  });
  picker.update(Array.from({ length: endpoints }, (_, index) => ({ pod: pod(index), labels: {} })));
  const all = requests();
  const picks = endpoints > 100 ? PICKS / 10 : PICKS;
  const round = (count: number) => {
    for (let index = 0; index < count; index++) {
      clock.runUntil(clock.nowUs + GAP_US);
      picker.submit(all[index * 7919 % all.length]!);
    }
  };
  round(picks);
  const startMs = performance.now();
  round(picks);
  const ms = performance.now() - startMs;
  if (sent !== 2 * picks) throw new Error(`${2 * picks - sent} requests went nowhere`);
  return picks * 1000 / ms;
}

interface Pass {
  readonly simulateMs: number;
  readonly requests: number;
  readonly hits: number;
}

function data(run: string, routed: boolean) {
  const many = run === "many";
  const replicas = many ? 1000 : 8;
  const chat = service(replicas) as { spec: Record<string, unknown> };
  if (routed) chat.spec["router"] = { scheduler: {} };
  const load = many
    ? poisson("users", {
      to: "chat",
      rps: 10_000,
      // Means and 99th percentiles of Azure's conversations of 2023 (AzurePublicDataset b469a11).
      prompt: lognormal({ mean: 1155, p99: 4142 }),
      output: lognormal({ mean: 211, p99: 601 }),
    })
    : trace("conversations", { to: "chat", text: Deno.readTextFileSync(TRACE) });
  return scenario({
    name: "routed",
    duration: many ? "20s" : "1h",
    cluster: { nodes: [{ count: replicas / 8, gpus: "8xH100-SXM" }] },
    services: [chat],
    load: [load],
  });
}

function pass(run: string, routed: boolean): Pass {
  const { simulateMs, totals } = measure(data(run, routed));
  const { prefixHits, prefixQueries, requests } = totals;
  return {
    simulateMs,
    requests: requests.arrived,
    hits: prefixQueries === 0 ? 0 : prefixHits / prefixQueries,
  };
}

async function compare(run: string, what: string): Promise<void> {
  console.log(`  ${what}, medians of ${PROCESSES} fresh processes`);
  for (const routed of [false, true]) {
    const passes: Pass[] = [];
    for (let index = 0; index < PROCESSES; index++) {
      const args = ["--pass", run, routed ? "routed" : "balanced"];
      passes.push(await inFreshProcess<Pass>(import.meta.filename!, args));
    }
    const ms = median(passes.map(({ simulateMs }) => simulateMs));
    const { requests, hits } = passes[0]!;
    console.log(
      `    ${routed ? "endpoint picker" : "round robin    "}  ${describe(ms, "ms").padStart(8)}  ` +
        `${describe(requests * 1000 / ms, "requests/s").padStart(18)}  ` +
        `${describe(hits * 100, "%", 1)} of prompt tokens found in the cache`,
    );
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function report(): Promise<void> {
  console.log("  picks alone, KServe's default configuration, 3 shared segments a prompt");
  const few = picksPerSecond(8);
  const verdict = judged(MIN_PICKS_PER_SECOND / few, 1);
  console.log(
    `    ${"8 endpoints".padEnd(16)} ${describe(few, "picks/s")}, ` +
      `target ${MIN_PICKS_PER_SECOND.toLocaleString("en-US")}: ${verdict}`,
  );
  const many = picksPerSecond(1000);
  console.log(`    ${"1,000 endpoints".padEnd(16)} ${describe(many, "picks/s")}`);
  if (isThere(TRACE)) await compare("mooncake", "Mooncake's conversations on 8 replicas");
  else console.log(`  SKIPPED: ${TRACE} cannot be read`);
  await compare("many", "10,000 rps on 1,000 replicas for 20 s");
}

const [, run = "", routing] = Deno.args;
if (Deno.args[0] === "--pass") console.log(JSON.stringify(pass(run, routing === "routed")));
else await report();
