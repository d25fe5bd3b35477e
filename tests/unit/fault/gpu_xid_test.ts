import assert from "node:assert/strict";
import { XIDS } from "../../../src/fault/gpu_xid_table.ts";
import { TIMINGS } from "../../../src/fleet/timings.ts";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { problems, smallScenario } from "../scenario/small_run.ts";
import { faulty, USERS } from "./faulty_fleet.ts";

const xid = (number: number, fields: object = {}) => ({
  kind: "gpu-xid",
  name: "xid",
  xid: number,
  on: { kind: "pods", mode: "first" },
  when: "2m",
  ...fields,
});

/** One pod of one GPU on a node of four. */
const hit = (number: number, fields: object = {}, duration = "10m") =>
  faulty({
    duration,
    cluster: { nodes: [{ count: 1, gpus: "4xH100-SXM" }] },
    services: [llm("chat")],
    load: USERS,
    faults: [xid(number, fields)],
  });

for (const number of [13, 31, 43, 94]) {
  Deno.test(`gpuXid ${number} loses what one process had in flight, and it starts anew on the same GPU`, () => {
    const { requests, restarts, told, cordoned, allocatable } = hit(number);
    const { failed, completed } = requests(0, 120);
    assert.ok(failed > 2 && failed < 12, `${failed} lost of ${completed}`);
    assert.deepEqual(restarts, [1]);
    assert.equal(requests(420).failed + requests(420).rejected, 0, "it serves again");
    assert.ok(requests(420).completed > 500);
    assert.deepEqual([told("NodeDrain"), cordoned], [[], [false]]);
    // The plugin ignores errors of applications; a contained ECC error it does not.
    assert.deepEqual(allocatable, [number === 94 ? 3 : 4]);
  });
}

Deno.test("gpuXid kills the one process alone that shares its GPU, or all of them, by the number", () => {
  const shared = (number: number) => {
    const { of } = faulty({
      duration: "3m",
      cluster: { nodes: [{ count: 1, gpus: "1xH100-SXM", timeSlicing: 2 }] },
      services: ["chat", "code"].map((name) =>
        llm(name, { args: ["--gpu-memory-utilization=0.45"] })
      ),
      load: [...USERS, { ...USERS[0], name: "coders", to: "code" }],
      faults: [xid(number, { on: { kind: "pods", service: "chat", mode: "first" } })],
    });
    const died = of("request").filter(({ outcome, at }) =>
      outcome === "failed" && at === 120 * SECOND
    );
    return [...new Set(died.map(({ service }) => service))].sort();
  };
  assert.deepEqual(shared(31), ["chat"]);
  assert.deepEqual(shared(48), ["chat", "code"]);
});

for (const number of [48, 95]) {
  Deno.test(`gpuXid ${number} takes the GPU until its node was drained, reset and tested`, () => {
    const { told, cordoned, allocatable, requests } = hit(number, {}, "30m");
    assert.ok(requests(0, 120).failed > 2);
    const [drained, reset, tested, back] = [
      ...["NodeDrain", "GPUReset", "GPUDiagnostics", "GPUHealthy"],
    ].map((reason) => told(reason).map(([at]) => at)[0]!);
    assert.equal(drained, 180);
    assert.ok(reset! > drained! && reset! < drained! + 90, `reset at ${reset}`);
    assert.equal(tested, reset! + TIMINGS.gpuResetUs / SECOND);
    assert.equal(back, tested! + TIMINGS.gpuDiagUs / SECOND);
    assert.deepEqual([cordoned, allocatable], [[false], [4]]);
    // The only node is away: nobody is served from the first second on until it is back and warm.
    assert.equal(requests(130, back!).completed, 0);
    assert.ok(requests(back! + 400).completed > 100);
  });
}

Deno.test("gpuXid that comes again after the reset takes the GPU for good", () => {
  const { told, cordoned, allocatable } = hit(48, {
    when: { kind: "every", interval: "25m", from: "2m" },
  }, "60m");
  assert.equal(told("NodeDrain").length, 2);
  assert.equal(told("GPUHealthy").length, 1);
  assert.deepEqual([cordoned, allocatable], [[true], [3]]);
});

for (const number of [63, 92]) {
  Deno.test(`gpuXid ${number} harms nobody; the plugin offers the GPU no more`, () => {
    const { requests, restarts, told, cordoned, allocatable } = hit(number);
    assert.equal(requests().failed + requests().rejected, 0);
    assert.deepEqual([restarts, told("NodeDrain"), cordoned], [[0], [], [false]]);
    assert.deepEqual(allocatable, [3]);
    assert.equal(told("XidCriticalError").length, 1);
  });
}

for (const number of [64, 79]) {
  Deno.test(`gpuXid ${number} takes a GPU for good, and its node stays drained`, () => {
    const { requests, told, cordoned, allocatable } = hit(number, {}, "40m");
    assert.ok(requests(0, 120).failed > 2);
    assert.deepEqual(told("NodeDrain"), [[180, "node-1"]]);
    assert.deepEqual(told("GPUReset"), []);
    assert.deepEqual([cordoned, allocatable], [[true], [3]]);
  });
}

/** A server over two GPUs, and one on one, each on a node of its own. */
const groups = (fields: object) =>
  faulty({
    duration: "10m",
    cluster: { nodes: [{ count: 1, gpus: "2xH100-SXM" }, { count: 1, gpus: "1xH100-SXM" }] },
    services: [llm("chat", { gpus: 2 }), llm("code")],
    load: [...USERS, { ...USERS[0], name: "coders", to: "code" }],
    faults: [xid(74, { on: { kind: "pods", mode: "all" }, ...fields })],
  });

Deno.test("gpuXid 74 stalls the ranks of a group, Ready all the while, until vLLM gives the step up", () => {
  const { requests, told, of } = groups({ remediation: false });
  assert.equal(requests(0, 600, "code").failed, 0, "who is alone exchanges nothing");
  const failed = of("request").filter(({ outcome, service }) =>
    outcome === "failed" && service === "chat"
  );
  // 300 s of requests are swallowed, and all fail when the ranks die.
  const swallowed = failed.filter(({ arrivedUs }) => arrivedUs < 420 * SECOND);
  assert.ok(swallowed.length > 1200 && swallowed.length < 1220, `${swallowed.length}`);
  assert.deepEqual([...new Set(swallowed.map(({ at }) => at / SECOND))], [420]);
  assert.deepEqual([told("Unhealthy").filter(([at]) => at < 420), told("NodeDrain")], [[], []]);
});

Deno.test("gpuXid 74 ends with the drain where there is remediation: the grace is over sooner", () => {
  const { of, told } = groups({});
  const failed = of("request").filter(({ outcome, service }) =>
    outcome === "failed" && service === "chat"
  );
  assert.deepEqual(told("NodeDrain").map(([at]) => at), [180, 180]);
  assert.deepEqual([...new Set(failed.map(({ at }) => at / SECOND))], [240]);
});

Deno.test("gpuXid 119 makes the server hang: probes fail, it is killed and cannot start before the reset", () => {
  const { told, requests, restarts } = hit(119, { remediation: false }, "20m");
  const unhealthy = told("Unhealthy");
  assert.ok(unhealthy[0]![0] <= 125, `readiness failed at ${unhealthy[0]![0]}`);
  assert.equal(requests(130).completed, 0);
  assert.ok(requests(110, 121).failed > 0, "what it held is lost when it is killed");
  assert.ok(restarts[0]! >= 3, "CUDA finds no device");
  const back = hit(119, {}, "30m");
  assert.equal(back.told("GPUHealthy").length, 1);
  assert.ok(back.requests(1700).completed > 50);
});

Deno.test("gpuXid takes all slices of a GPU with it", () => {
  const on = (node: object, services: readonly unknown[]) =>
    faulty({
      duration: "5m",
      cluster: { nodes: [{ count: 1, gpus: "2xH100-SXM", ...node }] },
      services,
      load: USERS,
      faults: [xid(79, { on: { kind: "pods", service: "chat", mode: "first" } })],
    });
  const small = { args: ["--max-model-len=4096"] };
  const slices = on({ mig: "all-3g.40gb", migStrategy: "single" }, [
    llm("chat", { ...small, replicas: 4 }),
  ]);
  assert.deepEqual(slices.allocatable, [2]);
  const dead = slices.of("request").filter(({ at, outcome }) =>
    outcome === "failed" && at === 120 * SECOND
  );
  assert.equal(new Set(dead.map(({ pod }) => pod)).size, 2, "both slices of the GPU");
});

Deno.test("gpuXid takes a claimed device out of those that its driver publishes", () => {
  const chat = llm("chat");
  const service = {
    ...chat,
    metadata: {
      ...chat.metadata,
      annotations: { "serving.kserve.io/exp-dra-device-class": "gpu.nvidia.com" },
    },
  };
  const [main] = service.spec.template.containers;
  Object.assign(main!, { resources: {} });
  const result = faulty({
    duration: "5m",
    cluster: { nodes: [{ count: 1, gpus: "1xH100-SXM", dra: true }] },
    services: [service],
    load: USERS,
    faults: [xid(48)],
  });
  assert.ok(result.requests(0, 120).failed > 2);
  const [slice] = result.objects("ResourceSlice");
  assert.deepEqual(slice!.spec!["devices"], []);
  const [waits] = result.told("FailedScheduling");
  assert.ok(waits![0] >= 180, "the pod that was drained finds no device");
});

Deno.test("gpuXid 74 on one pod of a group stalls the server of all of them", () => {
  const template = { containers: [{ name: "main", image: "vllm:1" }] };
  const chat = llm("chat");
  const parallelism = { tensor: 2, data: 2, dataLocal: 1 };
  const service = { ...chat, spec: { ...chat.spec, parallelism, template, worker: template } };
  const { of, requests } = faulty({
    duration: "10m",
    cluster: { nodes: [{ count: 2, gpus: "2xH100-SXM" }] },
    services: [service],
    load: USERS,
    faults: [xid(74, { remediation: false })],
  });
  assert.match(of("fault")[0]!.targets[0]!, /GPU 0$/);
  assert.equal(requests(121, 419).completed, 0);
  assert.ok(requests(121, 419).failed > 1000);
});

Deno.test("gpuXid is refused where no GPU logs Xids, and passes over those that do not", () => {
  const on = (...nodes: object[]) =>
    problems(smallScenario({ cluster: { nodes }, faults: [xid(79)] }))["faults[0].xid"];
  assert.equal(
    on({ count: 1, gpus: "4xMI300X" }),
    "Cannot raise Xid 79: Xids are NVIDIA's, and all nodes have GPUs of AMD",
  );
  assert.equal(on({ count: 1 }), "Cannot raise Xid 79: no node has a GPU");
  const amd = llm("chat");
  const [main] = amd.spec.template.containers;
  Object.assign(main!, { resources: { limits: { "amd.com/gpu": 1 } } });
  const { of, requests } = faulty({
    cluster: {
      nodes: [{ count: 1, gpus: "4xMI300X" }, { count: 1, gpus: "1xH100-SXM" }],
    },
    services: [amd],
    faults: [xid(79)],
  });
  assert.deepEqual(of("fault").map(({ targets }) => targets), [[]]);
  assert.equal(requests().failed, 0);
});

Deno.test("XIDS says of each number what it does, and only those that cannot compute are repaired", () => {
  for (const [number, { computes, offered, repair }] of Object.entries(XIDS)) {
    assert.equal(computes, repair === "none", number);
    assert.ok(!offered || computes, number);
  }
});
