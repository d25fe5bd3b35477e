// Prefill/decode disaggregation: two engines and a link by hand, then fleets in which pods die.
import assert from "node:assert/strict";
import type { Fleet } from "../../../src/fleet/fleet.ts";
import { HandOffs, KV_TIMEOUT_US, UNFETCHED_US } from "../../../src/fleet/hand_off.ts";
import { senderOf } from "../../../src/fleet/kv_sender.ts";
import type { Pod } from "../../../src/fleet/pod.ts";
import { Engine } from "../../../src/serving/engine.ts";
import { findGpu } from "../../../src/serving/gpus.ts";
import { engineWindows } from "../../../src/serving/limits.ts";
import { findModel } from "../../../src/serving/models.ts";
import { type RequestId, RequestTable } from "../../../src/serving/requests.ts";
import { SharedLink } from "../../../src/serving/shared_link.ts";
import { Clock } from "../../../src/sim/clock.ts";
import fc from "../../fast_check.ts";
import { evenSteps, ROOMY } from "../serving/engine_rig.ts";
import { llm, SECOND, type SmallFleet, smallFleet } from "./small_fleet.ts";

/** A step takes 1000 µs, a block 100,000 bytes of a link of 1 GB/s and 10 µs: 100 µs a block. */
class Pair {
  readonly clock = new Clock();
  readonly table = new RequestTable();
  readonly windows = engineWindows();
  readonly prefill = this.#engine("prefill");
  readonly decode = this.#engine();
  readonly handOffs = new HandOffs(this.clock, this.table);
  readonly link = new SharedLink(this.clock, {
    gigabytesPerSecond: 1,
    latencyUs: 10,
  });
  /** `[end, time, first token]` of answers and of prompts that failed, in order. */
  readonly ends: [string, number, number | undefined][] = [];

  constructor() {
    const of = { service: "chat", revision: "stable" };
    this.handOffs.addPrefill(this.prefill, { link: this.link, bytesPerBlock: 100_000, of });
    this.handOffs.addDecode(this.decode);
    for (const engine of [this.prefill, this.decode]) {
      engine.onEnd = (id, end) => {
        this.handOffs.ended(id);
        const { generatedTokens, firstTokenUs } = this.table.columns;
        const first = generatedTokens[id]! > 0 ? firstTokenUs[id]! : undefined;
        this.ends.push([end, this.clock.nowUs, first]);
      };
    }
  }

  #engine(role?: "prefill"): Engine {
    const limits = role ? { ...ROOMY, role } : ROOMY;
    return new Engine(this.clock, this.table, evenSteps(), limits, this.windows);
  }

  submit(promptTokens: number, outputTokens: number): { answer?: RequestId } {
    const arrivedUs = this.clock.nowUs;
    const sent: { answer?: RequestId } = {};
    const prompt = this.table.add(arrivedUs, promptTokens, outputTokens, 0);
    this.handOffs.whenPrefilled(prompt, () => {
      sent.answer = this.table.add(arrivedUs, promptTokens, outputTokens, 0);
      this.handOffs.begin(this.prefill, prompt, this.decode, sent.answer);
      this.decode.submit(sent.answer);
    });
    this.prefill.submit(prompt);
    return sent;
  }

  get blocks(): number[] {
    return [this.prefill.usedBlocks, this.decode.usedBlocks];
  }
}

Deno.test("HandOffs brings a prompt from the engine that computed it to the one that answers", () => {
  const pair = new Pair();
  pair.submit(64, 3);
  pair.clock.runUntil(1200);
  assert.deepEqual(pair.blocks, [4, 4]);
  // A step of 1000, 10 and 4 · 100 of the link, then steps of 1000.
  pair.clock.runUntil(1410);
  assert.deepEqual(pair.blocks, [0, 4]);
  pair.clock.runUntil(100_000);
  assert.deepEqual(pair.ends, [["completed", 4410, 2410]]);
  const window = pair.windows[0].take()!;
  assert.equal(window.latencyUs.ttft?.sum, 2410);
  assert.deepEqual([window.promptTokens, window.outputTokens], [64, 3]);
  assert.deepEqual([...pair.blocks, pair.table.open], [0, 0, 0]);
});

Deno.test("HandOffs of several prompts share the prefill engine's link", () => {
  const pair = new Pair();
  pair.submit(64, 1);
  pair.submit(64, 1);
  pair.clock.runUntil(100_000);
  // Both prompts fit into one step; 8 blocks take 800 µs, shared by both all the time.
  assert.deepEqual(pair.ends, [["completed", 2810, 2810], ["completed", 2810, 2810]]);
});

Deno.test("HandOffs has the decode engine compute what a dead prefill engine can no longer send", () => {
  const pair = new Pair();
  pair.submit(64, 1);
  pair.clock.at(1100, () => pair.prefill.crash());
  pair.clock.runUntil(100_000);
  assert.deepEqual(pair.ends, [["completed", 2100, 2100]]);
  assert.deepEqual([...pair.blocks, pair.table.open, pair.link.sharing], [0, 0, 0, 0]);
});

Deno.test("HandOffs brings nothing over a cut, and begins anew after it", () => {
  const pair = new Pair();
  const mend = pair.handOffs.cut((from, to) => from === pair.prefill && to === pair.decode);
  const other = pair.handOffs.cut((from) => from === pair.decode);
  pair.submit(64, 1);
  pair.clock.runUntil(50_000);
  assert.deepEqual([pair.decode.waiting, pair.link.sharing], [1, 0]);
  mend();
  pair.clock.runUntil(100_000);
  assert.deepEqual(pair.ends, [["completed", 51_410, 51_410]]);
  other();
});

Deno.test("HandOffs has decode compute a prompt whose fetch a cut broke off, unless it is over before", () => {
  const times = [SECOND, KV_TIMEOUT_US + SECOND].map((overUs) => {
    const pair = new Pair();
    pair.submit(64, 1);
    pair.clock.at(1100, () => {
      const mend = pair.handOffs.cut(() => true);
      pair.clock.after(overUs, mend);
    });
    pair.clock.runUntil(20 * SECOND);
    assert.equal(pair.link.sharing, 0);
    return pair.ends;
  });
  // Anew: 410 of the link and a step. Given up: one step.
  assert.deepEqual(times, [
    [["completed", SECOND + 1100 + 1410, SECOND + 1100 + 1410]],
    [["completed", KV_TIMEOUT_US + 2100, KV_TIMEOUT_US + 2100]],
  ]);
});

Deno.test("HandOffs tries a fetch as long as ever when its link goes down once more", () => {
  const downs = [
    ({ handOffs }: Pair) => handOffs.cut(() => true),
    ({ handOffs }: Pair) => handOffs.disturb({ gigabytesPerSecond: 0, isMeant: () => true }),
  ];
  const times = downs.map((down) => {
    const pair = new Pair();
    pair.submit(64, 1);
    let mend = () => {};
    pair.clock.at(1100, () => void (mend = down(pair)));
    // Up for less than the fetch takes.
    pair.clock.at(1100 + 5 * SECOND, () => mend());
    pair.clock.at(1200 + 5 * SECOND, () => void (mend = down(pair)));
    pair.clock.runUntil(60 * SECOND);
    return pair.ends;
  });
  const givenUp = 5 * SECOND + 1200 + KV_TIMEOUT_US + 1000;
  assert.deepEqual(times, downs.map(() => [["completed", givenUp, givenUp]]));
});

Deno.test("HandOffs has decode compute what a dead engine beyond a cut can no longer send", () => {
  const pair = new Pair();
  pair.handOffs.cut(() => true);
  pair.submit(64, 1);
  pair.clock.at(1100, () => pair.prefill.crash());
  pair.clock.runUntil(100_000);
  assert.deepEqual(pair.ends, [["completed", 2100, 2100]]);
});

Deno.test("HandOffs lets a fetch from a silent host hang until the host is given up", () => {
  const pair = new Pair();
  pair.submit(64, 1);
  pair.clock.at(1100, () => pair.prefill.freeze());
  pair.clock.runUntil(50_000);
  assert.deepEqual([pair.decode.waiting, ...pair.blocks], [1, 4, 4]);
  pair.prefill.crash();
  pair.clock.runUntil(100_000);
  assert.deepEqual(pair.ends, [["completed", 51_000, 51_000]]);
});

Deno.test("HandOffs frees the prompt at once when its client gives up, else after vLLM's timeout", () => {
  for (const givenUp of [true, false]) {
    const pair = new Pair();
    const sent = pair.submit(64, 1);
    pair.clock.at(1100, () => {
      if (!givenUp) return pair.decode.crash();
      pair.handOffs.giveUp(sent.answer!);
      pair.decode.abort(sent.answer!);
    });
    pair.clock.runUntil(1100 + UNFETCHED_US - 1);
    assert.deepEqual(pair.ends, [["failed", 1100, undefined]]);
    assert.deepEqual(pair.blocks, [givenUp ? 0 : 4, 0]);
    pair.clock.runUntil(1100 + UNFETCHED_US);
    assert.deepEqual([...pair.blocks, pair.table.open], [0, 0, 0]);
  }
});

Deno.test("senderOf() weighs a block by what one GPU of the smaller side holds of it", () => {
  const model = findModel(["meta-llama/llama-3.1-8b"])!;
  const plan = { model, gpuMemoryUtilization: 0.9, maxModelLen: 8192 };
  const of = (tensorParallel: number) => ({ ...plan, tensorParallel, gpusPerPod: tensorParallel });
  const gpu = findGpu("H100-SXM")!;
  // 16 tokens · 32 layers · (K and V) · 8 heads · 128 · 2 bytes = 2 MiB.
  assert.equal(senderOf(new Clock(), gpu, of(1), of(1)).bytesPerBlock, 2 ** 21);
  assert.equal(senderOf(new Clock(), gpu, of(4), of(2)).bytesPerBlock, 2 ** 20);
  assert.equal(senderOf(new Clock(), gpu, of(2), of(4)).bytesPerBlock, 2 ** 20);
});

function disaggregated(decode: number, prefill: number): SmallFleet {
  const service = llm("chat", { replicas: decode });
  const { template, parallelism } = service.spec;
  const spec = { ...service.spec, prefill: { replicas: prefill, template, parallelism } };
  return smallFleet({ services: [{ ...service, spec }] });
}

function podsOf(fleet: Fleet, role: string): Pod[] {
  return [...fleet.services.values()].flatMap(({ revisions }) => [...revisions.values()])
    .flatMap(({ workloads }) => workloads.filter(({ plan }) => plan.role === role))
    .flatMap(({ pods }) => pods);
}

Deno.test("Fleet prefills in prefill pods and answers from decode pods", () => {
  const small = disaggregated(1, 2);
  small.load(10, SECOND / 10);
  small.clock.runUntil(10 * SECOND);
  assert.deepEqual(small.requests(), { arrived: 10, completed: 10, failed: 0, rejected: 0 });
  const windows = small.of("window");
  const sums = new Map<string, [number, number]>();
  for (const { pods } of windows) {
    for (const [index, name] of pods.name.entries()) {
      const [prompts, outputs] = sums.get(name) ?? [0, 0];
      sums.set(name, [prompts + pods.promptTokens![index]!, outputs + pods.outputTokens[index]!]);
    }
  }
  const [decode] = podsOf(small.fleet, "decode");
  assert.deepEqual(sums.get(decode!.name), [1000, 100]);
  for (const pod of podsOf(small.fleet, "prefill")) {
    assert.deepEqual(sums.get(pod.name), [500, 0]);
  }
});

Deno.test("Fleet has the decode pod prefill when no prefill pod answers", () => {
  const small = disaggregated(1, 1);
  podsOf(small.fleet, "prefill")[0]!.die("test");
  small.clock.runUntil(2 * SECOND);
  small.load(5, SECOND / 10);
  small.clock.runUntil(10 * SECOND);
  assert.deepEqual(small.requests(), { arrived: 5, completed: 5, failed: 0, rejected: 0 });
});

Deno.test("Fleet accounts for every request of a disaggregated service, whatever pods die", () => {
  const breaks = fc.array(
    fc.record({
      atUs: fc.nat(6 * SECOND),
      role: fc.constantFrom("prefill", "decode"),
      how: fc.constantFrom("die", "terminate", "lose"),
    }),
    { maxLength: 3 },
  );
  const timeoutUs = fc.option(fc.integer({ min: SECOND / 10, max: 9 * SECOND }), {
    nil: undefined,
  });
  const jobs = fc.array(
    fc.record({
      atUs: fc.nat(6 * SECOND),
      prompt: fc.integer({ min: 1, max: 20_000 }),
      output: fc.integer({ min: 1, max: 400 }),
      timeoutUs,
    }),
    { minLength: 5, maxLength: 40 },
  );
  const ends = { completed: 0, failed: 0, rejected: 0 };
  fc.assert(
    fc.property(jobs, breaks, (jobs, breaks) => {
      const small = disaggregated(2, 2);
      const { clock, fleet } = small;
      for (const { atUs, prompt, output, timeoutUs } of jobs) {
        const kind = timeoutUs === undefined ? {} : { timeoutUs };
        clock.at(atUs, () => fleet.submit("chat", prompt, output, kind));
      }
      for (const { atUs, role, how } of breaks) {
        clock.at(atUs, () => {
          const pod = podsOf(fleet, role).find(({ alive, engine }) => alive && engine);
          if (how === "die") pod?.die("test");
          else if (how === "terminate") pod?.terminate();
          else if (pod?.node && !pod.node.lost) fleet.nodeLife.lose(pod.node);
        });
      }
      for (let atUs = SECOND / 3; atUs < 7 * SECOND; atUs += SECOND / 3) {
        clock.runUntil(Math.floor(atUs));
        const { arrived, completed, failed, rejected } = small.requests();
        assert.equal(arrived, completed + failed + rejected + fleet.inFlight()["chat"]!);
      }
      clock.runUntil(7 * SECOND + UNFETCHED_US + 120 * SECOND);
      const { arrived, ...ended } = small.requests();
      assert.equal(arrived, jobs.length);
      assert.equal(ended.completed + ended.failed + ended.rejected, jobs.length);
      for (const key of ["completed", "failed", "rejected"] as const) ends[key] += ended[key];
      for (const role of ["prefill", "decode"]) {
        for (const { engine } of podsOf(fleet, role)) assert.equal(engine?.usedBlocks ?? 0, 0);
      }
    }),
    { numRuns: 30 },
  );
  assert.ok(ends.completed > 100 && ends.failed > 10, JSON.stringify(ends));
});

Deno.test("Revision.complete waits for the pods that prefill, and they leave when it is taken down", () => {
  const { fleet, clock } = disaggregated(1, 1);
  const service = fleet.services.get("chat")!;
  const stable = service.revision("stable")!;
  const alive = (role: string) => podsOf(fleet, role).filter(({ gone }) => !gone).length;
  clock.runUntil(SECOND);
  assert.equal(stable.complete, true);
  podsOf(fleet, "prefill")[0]!.die("test");
  clock.runUntil(clock.nowUs + 2 * SECOND);
  assert.deepEqual([stable.readyReplicas, stable.complete], [1, false]);
  clock.runUntil(clock.nowUs + 600 * SECOND);
  assert.equal(stable.complete, true);
  service.scale(stable, 0, "test");
  clock.runUntil(clock.nowUs + 60 * SECOND);
  assert.deepEqual([stable.readyReplicas, alive("prefill")], [0, 0]);
  service.scale(stable, 1, "test");
  clock.runUntil(clock.nowUs + 600 * SECOND);
  assert.deepEqual([stable.readyReplicas, alive("prefill"), stable.complete], [1, 1, true]);
});
