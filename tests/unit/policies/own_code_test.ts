// Policies of a scenario's own code, each through a run: what it does, and that the seed decides.
import assert from "node:assert/strict";
import {
  analysis,
  canary,
  constant,
  defineAutoscaler,
  defineFault,
  defineLoad,
  defineMetric,
  defineScorer,
  defineStep,
  every,
  expect,
  fixed,
  pause,
  scenario,
  type ScenarioOptions,
  setWeight,
  whenever,
} from "mtop";
import { llm } from "../fleet/small_fleet.ts";
import { planned, problems, run } from "../scenario/small_run.ts";

const steady = constant("users", {
  to: "chat",
  rps: 2,
  prompt: fixed(200),
  output: fixed(50),
});

function small(fields: Partial<ScenarioOptions> = {}) {
  return scenario({
    name: "small",
    duration: "5m",
    cluster: { nodes: [{ count: 3, gpus: "2xH100-SXM" }] },
    services: [llm("chat", { replicas: 2 })],
    load: [steady],
    ...fields,
  });
}

const crashing = defineFault<{ count: number }>({
  name: "crash-some",
  about: "processes of pods die",
  targets: (sim, { count }) =>
    sim.pods({ service: "chat" }).slice(0, count).map(({ name }) => name),
  begin: (sim, targets) => targets.forEach((pod) => sim.crash(pod)),
});

Deno.test("defineFault() hits whom its code names, through the pods' life", () => {
  const result = run(small({ faults: [crashing({ when: "2m", options: { count: 1 } })] }));
  const [begun, ...others] = result.of("fault");
  assert.equal(begun!.at, 120e6);
  assert.equal(begun!.targets.length, 1);
  assert.deepEqual(others, []);
  const failed = result.of("window").reduce(
    (sum, { measured }) => sum + (measured?.requests.failed ?? 0),
    0,
  );
  assert.ok(failed > 0, "requests of the crashed pod are lost");
});

Deno.test("defineFault() happens again and again by a schedule, as any fault", () => {
  const when = every("1m", { times: 3 });
  const result = run(small({ faults: [crashing({ when, options: { count: 1 } })] }));
  assert.deepEqual(result.of("fault").map(({ at }) => at / 1e6), [60, 120, 180]);
});

Deno.test("defineFault() ends after `for` when it can end", () => {
  const cordon = defineFault({
    name: "cordon-all",
    about: "no node takes pods",
    targets: (sim) => sim.nodes().map(({ name }) => name),
    begin: (sim, targets) => targets.forEach((node) => sim.cordon(node)),
    end: (sim, targets) => targets.forEach((node) => sim.uncordon(node)),
  });
  const result = run(small({ faults: [cordon({ name: "closed", when: "1m", for: "30s" })] }));
  assert.deepEqual(result.of("fault").map(({ at, phase }) => [at / 1e6, phase]), [
    [60, "begin"],
    [90, "end"],
  ]);
  const nodes = Object.values(result.state.objects).filter(({ kind }) => kind === "Node");
  assert.ok(nodes.every(({ spec }) => spec?.["unschedulable"] !== true));
});

const batches = defineLoad<{ size: number; everySeconds: number }>({
  name: "batches",
  about: "so many requests at once, again and again",
  *requests(random, { size, everySeconds }) {
    while (true) {
      for (let i = 0; i < size; i++) {
        const afterSeconds = i === 0 ? everySeconds : 0;
        yield { afterSeconds, promptTokens: random.integer(100, 900), outputTokens: 16 };
      }
    }
  },
});

Deno.test("defineLoad() sends what its generator yields, and the seed decides", () => {
  const data = small({
    load: [batches("night", { to: "chat", options: { size: 10, everySeconds: 60 } })],
  });
  const result = run(data);
  const { measured } = result.state.services["chat"]!.revisions["stable"]!;
  // At 60, 120, 180 and 240 s; at 300 s the run is over.
  assert.equal(measured.requests.arrived, 40);
  assert.deepEqual(run(data).lines, result.lines);
  assert.notDeepEqual(run(data, { seed: 2 }).lines, result.lines);
});

Deno.test("defineStep() holds a canary as long as its generator waits, and aborts it by a sentence", () => {
  const hold = defineStep<{ seconds: number; fail: boolean }>({
    name: "hold",
    about: "waits, and may abort",
    *take(sim, { seconds, fail }, abort) {
      yield* sim.sleep(`${seconds}s`);
      if (fail) abort("the code said so");
    },
  });
  const rollout = (fail: boolean) =>
    run(small({
      duration: "20m",
      rollouts: [
        canary("chat", {
          at: "1m",
          to: { image: "vllm/vllm-openai:v0.15.1" },
          steps: [setWeight(50), hold({ seconds: 90, fail })],
        }),
      ],
    }));
  const steps = rollout(false).of("step");
  const began = steps.find(({ about }) => about === "hold")!.at;
  assert.equal(steps.find(({ phase }) => phase === "Healthy")!.at > began + 90e6, true);
  const aborted = rollout(true).of("step").at(-1)!;
  assert.equal(aborted.aborted, true);
  assert.match(aborted.message, /the code said so$/);
});

Deno.test("defineScorer() decides where requests go", () => {
  const first = defineScorer<{ favourite: number }>({
    name: "favourite",
    about: "prefers the endpoint that comes first by name",
    score: (_request, { pod }, { favourite }) => pod.endsWith("0") ? 0 : favourite,
  });
  const seen: string[] = [];
  const watcher = defineScorer({
    name: "watcher",
    about: "sees every endpoint",
    score: (_request, { pod }) => {
      if (!seen.includes(pod)) seen.push(pod);
      return pod === seen[0] ? 1 : 0;
    },
  });
  const service = (type: string, parameters?: object) => {
    const { spec, ...rest } = llm("chat", { replicas: 2 });
    return {
      ...rest,
      spec: {
        ...spec,
        router: {
          route: {},
          scheduler: {
            config: {
              inline: {
                apiVersion: "inference.networking.x-k8s.io/v1alpha1",
                kind: "EndpointPickerConfig",
                plugins: [{ type, ...(parameters && { parameters }) }],
              },
            },
          },
        },
      },
    };
  };
  const result = run(small({ services: [service("watcher")], policies: [watcher] }));
  const served = new Set(
    result.of("window").flatMap(({ pods }) =>
      pods.name.filter((_, index) => pods.outputTokens[index]! > 0)
    ),
  );
  assert.equal(seen.length, 2);
  assert.deepEqual([...served], [seen[0]]);
  run(small({ services: [service("favourite", { favourite: 1 })], policies: [first] }));
});

Deno.test("defineAutoscaler() keeps replicas within its bounds", () => {
  const byRate = defineAutoscaler<{ rpsEach: number }>({
    name: "by-rate",
    about: "a replica for so many requests a second",
    replicas: (looks, { rpsEach }) => (looks.at(-1)!.rps ?? 0) / rpsEach,
  });
  const scaled = (rpsEach: number, max: number) =>
    run(small({
      autoscalers: [byRate({ service: "chat", min: 1, max, options: { rpsEach } })],
    })).of("scale").map(({ replicas, by }) => [replicas, by]);
  assert.deepEqual(scaled(0.5, 8).at(-1), [4, "autoscalers[0]"]);
  assert.deepEqual(scaled(0.5, 3).at(-1), [3, "autoscalers[0]"]);
});

Deno.test("processes run beside all others", () => {
  const result = run(small({
    duration: "15m",
    processes: [
      function* reaper(sim) {
        yield* sim.sleep("1m");
        sim.deletePod(sim.pods()[0]!.name);
        yield* sim.until(() => sim.pods().every(({ ready }) => ready));
        sim.tell("Healed", `after ${sim.nowSeconds} s`);
      },
    ],
  }));
  const healed = result.of("event").find(({ reason }) => reason === "Healed");
  assert.ok(healed && healed.at > 60e6);
});

Deno.test("a reason that only own code can tell is a warning, of code that can tell none a problem", () => {
  const expected = { expect: [expect.noEvent({ reason: "Heald" })] };
  const healer = function* healer() {};
  const found = planned(small({ ...expected, processes: [healer] })).warnings;
  assert.deepEqual(found.map(({ path }) => path), ["expect[0].reason"]);
  assert.match(found[0]!.message, /^Only own code can tell "Heald": /);
  const scorer = defineScorer({ name: "even", about: "likes all", score: () => 1 });
  const scored = small({ ...expected, policies: [scorer] });
  assert.deepEqual(Object.keys(problems(scored)), ["expect[0].reason"]);
});

const tokensPerAnswer = defineMetric({
  name: "tokens-per-answer",
  about: "output tokens of a completed request, on average",
  read: ({ completed, outputTokens }) => completed === 0 ? undefined : outputTokens / completed,
});

Deno.test("defineMetric() makes expectations, conditions and checks of an analysis", () => {
  const crashed = crashing({
    name: "crashed",
    when: whenever(tokensPerAnswer({ over: "30s" }).above(40)),
    options: { count: 1 },
  });
  const result = run(small({
    duration: "20m",
    faults: [crashed],
    rollouts: [
      canary("chat", {
        at: "1m",
        to: { image: "vllm/vllm-openai:v0.15.1" },
        steps: [setWeight(50), pause("1m")],
        analysis: analysis("answers", {
          every: "10s",
          checks: [tokensPerAnswer({ of: "canary" }).below(10)],
        }),
      }),
    ],
    expect: [tokensPerAnswer().above(30), tokensPerAnswer().below(30)],
  }));
  assert.deepEqual(result.state.verdicts.map(({ passed }) => passed), [true, false]);
  assert.match(result.state.verdicts[0]!.about, /^tokens-per-answer above 30/);
  assert.equal(result.of("fault").length, 1);
  const { aborted, message } = result.of("step").at(-1)!;
  assert.equal(aborted, true);
  assert.match(message, /tokens-per-answer below 10 of canary/);
});

Deno.test("plan() names each policy whose code did not come along", () => {
  const data = small({
    faults: [crashing({ when: "2m", options: { count: 1 } })],
    load: [batches("night", { to: "chat", options: { size: 1, everySeconds: 1 } })],
    expect: [tokensPerAnswer().above(3)],
  });
  const found = problems(JSON.parse(JSON.stringify(data)));
  assert.match(found["faults[0].policy"]!, /^Cannot find the code of the fault "crash-some": run /);
  assert.match(found["load[0].policy"]!, /^Cannot find the code of the load "batches"/);
  assert.match(
    found["expect[0].policy"]!,
    /^Cannot find the code of the metric "tokens-per-answer"/,
  );
});

Deno.test("scenario() keeps the code of a scenario that is spread into another", () => {
  const data = small({ faults: [crashing({ when: "2m", options: { count: 1 } })] });
  assert.equal(run(scenario({ ...data, name: "again" } as never)).of("fault").length, 1);
});

Deno.test("plan() tells two definitions of one name apart, and names what one lacks", () => {
  const twin = defineFault({ name: "crash-some", about: "another", targets: () => [], begin() {} });
  const lame = defineFault({ name: "lame", about: "does nothing" } as never);
  const faults = [crashing({ when: "2m", options: { count: 1 } }), twin({ when: "3m" })];
  const found = problems(small({ faults: [...faults, lame({ when: "1m" } as never)] }));
  assert.match(found["policies[0]"]!, /^Cannot tell which fault "crash-some" is meant/);
  assert.match(found["policies[2]"]!, /^Cannot run the fault "lame": it has no targets$/);
});

Deno.test("a policy that throws ends the run with its name", () => {
  const broken = defineFault({
    name: "broken",
    about: "throws",
    targets: () => ["x"],
    begin: (sim) => sim.crash("nobody"),
  });
  assert.throws(
    () => run(small({ faults: [broken({ when: "1m" })] })),
    /^PolicyError: The fault "broken" of the scenario threw RangeError: there is no pod "nobody" now/,
  );
});

Deno.test("a load of one's own whose time stands still ends the run", () => {
  const still = defineLoad({
    name: "still",
    about: "asks without end in one instant",
    *requests() {
      // Less than half a microsecond is none.
      while (true) yield { afterSeconds: 4e-7, promptTokens: 10, outputTokens: 10 };
    },
  });
  const load = [still("users", { to: "chat" })];
  assert.throws(
    () => run(small({ load })),
    /there are more than 100,000 requests in one instant: write afterSeconds above 0/,
  );
});
