// Pods that start: what is told of each phase, and what they share with others that start at once.
import assert from "node:assert/strict";
import type { EventOf } from "../../../src/fleet/events.ts";
import { startPhaseOf } from "../../../src/fleet/pod_object.ts";
import { DEFAULT_SUPPLY, type Supply } from "../../../src/serving/startup.ts";
import { parseTimestamp } from "../../../src/sim/timestamp.ts";
import {
  llm,
  LOADING,
  MINUTE,
  PHASES,
  SECOND,
  type SmallFleet,
  smallFleet,
  START,
} from "./small_fleet.ts";

interface Options {
  readonly pods?: number;
  readonly nodes?: readonly { readonly count: number; readonly gpus: string }[];
  readonly supply?: Partial<Supply>;
  readonly uri?: string;
  readonly model?: string;
  readonly args?: readonly string[];
}

/** Pods of one service that are all made at 5 s, on nodes that have nothing. */
function start({ pods = 1, nodes, supply, uri, model, args = [] }: Options = {}): SmallFleet {
  const service = llm("chat", { replicas: 0, args, ...(model === undefined ? {} : { model }) });
  const annotations = { "mtop.dev/model": service.spec.model.uri.slice("hf://".length) };
  const small = smallFleet({
    services: [{
      ...service,
      metadata: { ...service.metadata, annotations },
      spec: { ...service.spec, model: { uri: uri ?? service.spec.model.uri } },
    }],
    ...(nodes ? { nodes } : {}),
    ...(supply ? { supply: { ...DEFAULT_SUPPLY, ...supply } } : {}),
  });
  small.clock.runUntil(5 * SECOND);
  const chat = small.fleet.services.get("chat")!;
  chat.scale(chat.revision("stable")!, pods, "test");
  return small;
}

/** Kubernetes Events of the kubelet, as `[second, message]`. */
function kubelet(small: SmallFleet): [number, string][] {
  return small.of("event").filter(({ source }) => source === "kubelet")
    .map(({ at, message }) => [at / SECOND, message]);
}

function objectsOf(small: SmallFleet, name: string): EventOf<"object.applied">[] {
  return small.of("object.applied").filter(({ key }) => key === `/Pod/default/${name}`);
}

Deno.test("Pod() downloads, pulls and starts Qwen3-32B in the measured 278 s", () => {
  const small = start({
    model: "Qwen/Qwen3-32B",
    args: ["--max-model-len=8192"],
    nodes: [{ count: 1, gpus: "1xH100-SXM" }],
    supply: { imageStreaming: true },
  });
  small.clock.runUntil(10 * MINUTE);
  const told = kubelet(small).map(([at, message]) => [Math.round(at - 5), message]);
  assert.deepEqual(told, [
    [0, 'Container image "kserve/storage-initializer:latest" already present on machine'],
    [0, "Created container: storage-initializer"],
    [0, "Started container storage-initializer"],
    [87, 'Pulling image "vllm:1"'],
    [
      88,
      'Successfully pulled image "vllm:1" in 1.8s (1.8s including waiting). ' +
      "Image size: 8910000000 bytes.",
    ],
    [88, "Created container: main"],
    [88, "Started container main"],
  ]);
  assert.equal(small.pod().ready, true);
  const { at } = objectsOf(small, small.pod().name).at(-1)!;
  assert.equal(Math.round(at / SECOND - 5), 278);
});

Deno.test("Pod() tells what its container does while it starts, and since when", () => {
  const small = start();
  const begun = 5 * SECOND + PHASES.downloading + PHASES.pulling;
  const at = (us: number) => {
    small.clock.runUntil(us);
    return startPhaseOf(small.pod().object());
  };
  const second = (us: number) => Math.floor(us / SECOND) * SECOND;
  assert.equal(at(begun - 1), undefined);
  assert.deepEqual(at(begun), { phase: "importing", sinceUs: second(begun) });
  const imported = begun + PHASES.importing;
  assert.equal(at(imported - 1)!.phase, "importing");
  assert.deepEqual(at(imported), { phase: "loading", sinceUs: second(imported) });
  assert.equal(at(imported + PHASES.loading)!.phase, "initialising");
  assert.equal(at(begun + LOADING), undefined);
  assert.equal(small.pod().ready, true);
});

Deno.test("Pod() shows its init container as kubectl would", () => {
  const small = start();
  const init = () => {
    const { conditions, initContainerStatuses } = small.pod().object().status as unknown as {
      conditions: { type: string; status: string }[];
      initContainerStatuses: {
        state: Record<string, { startedAt: string; finishedAt?: string }>;
      }[];
    };
    const [{ state } = assert.fail()] = initContainerStatuses;
    const initialized = conditions.find(({ type }) => type === "Initialized")!.status;
    return { state, initialized };
  };
  small.clock.runUntil(6 * SECOND);
  assert.equal(init().initialized, "False");
  assert.equal(parseTimestamp(init().state["running"]!.startedAt), 5 * SECOND);
  small.clock.runUntil(5 * SECOND + PHASES.downloading);
  assert.equal(init().initialized, "True");
  const finished = parseTimestamp(init().state["terminated"]!.finishedAt!)!;
  assert.equal(finished, Math.floor((5 * SECOND + PHASES.downloading) / SECOND) * SECOND);
});

Deno.test("Pod() does not download again when its container restarts", () => {
  const small = start();
  small.clock.runUntil(10 * MINUTE);
  small.pod().die("test");
  small.clock.runUntil(10 * MINUTE + SECOND + LOADING);
  assert.equal(small.pod().ready, true);
  const started = kubelet(small).filter(([, message]) => message.startsWith("Started"));
  assert.deepEqual(started.map(([, message]) => message), [
    "Started container storage-initializer",
    "Started container main",
    "Started container main",
  ]);
});

Deno.test("Pod() shares the hub with all that download at once", () => {
  const downloaded = (pods: number, hub: number) => {
    const small = start({ pods, nodes: [{ count: pods, gpus: "1xH100-SXM" }], supply: { hub } });
    small.clock.runUntil(20 * MINUTE);
    return small.told("Pulling").map(([at]) => at - 5);
  };
  const alone = PHASES.downloading / SECOND;
  const one = START.downloadBytes / DEFAULT_SUPPLY.download;
  assert.ok(Math.abs(one - alone) < 1e-5);
  // Enough for two: each has the most that one pod gets; for one: each has half of it.
  assert.deepEqual(downloaded(2, 2 * DEFAULT_SUPPLY.download), [alone, alone]);
  for (const at of downloaded(2, DEFAULT_SUPPLY.download)) assert.ok(Math.abs(at - 2 * one) < 1e-5);
  for (const at of downloaded(4, DEFAULT_SUPPLY.download)) assert.ok(Math.abs(at - 4 * one) < 1e-5);
});

Deno.test("Pod() gives its share of the hub to the others when it goes", () => {
  const nodes = [{ count: 2, gpus: "1xH100-SXM" }];
  const small = start({ pods: 2, nodes, supply: { hub: DEFAULT_SUPPLY.download } });
  small.clock.runUntil(5 * SECOND + PHASES.downloading);
  const chat = small.fleet.services.get("chat")!;
  chat.scale(chat.revision("stable")!, 1, "test");
  small.clock.runUntil(10 * MINUTE);
  const [[at] = assert.fail()] = small.told("Pulling");
  // Half of it came while two shared, the other half alone.
  assert.ok(Math.abs(at - 5 - 1.5 * PHASES.downloading / SECOND) < 1e-5, `${at}`);
});

Deno.test("Pod() shares the registry with nodes that pull at once", () => {
  const nodes = [{ count: 3, gpus: "1xH100-SXM" }];
  const small = start({ pods: 3, nodes, supply: { registry: DEFAULT_SUPPLY.pull } });
  small.clock.runUntil(20 * MINUTE);
  const pulled = small.told("Pulled").slice(3)
    .map(([at]) => at - 5 - PHASES.downloading / SECOND);
  for (const at of pulled) assert.ok(Math.abs(at - 3 * 69) < 1e-5, `${at}`);
  const [, , message] = kubelet(small).filter(([, message]) => message.startsWith("Successfully"));
  assert.match(
    message![1],
    /in 3m27s \(3m27s including waiting\)\. Image size: 8910000000 bytes\.$/,
  );
});

Deno.test("Pod() waits for the pull that another pod on its node began, and finds it there", () => {
  const small = start({ pods: 2, nodes: [{ count: 1, gpus: "2xH100-SXM" }] });
  small.clock.runUntil(10 * MINUTE);
  const pulled = kubelet(small).filter(([, message]) => message.startsWith("Successfully pulled"));
  const at = 5 + (PHASES.downloading + PHASES.pulling) / SECOND;
  assert.deepEqual(pulled.map(([second]) => second), [at, at]);
  assert.deepEqual(pulled.map(([, message]) => /in (\S+ \(.*\))/.exec(message)![1]), [
    "1m9s (1m9s including waiting)",
    "0s (1m9s including waiting)",
  ]);
});

Deno.test("Pod() says that an image is already present, as the kubelet does", () => {
  const small = start({ nodes: [{ count: 1, gpus: "2xH100-SXM" }] });
  small.clock.runUntil(10 * MINUTE);
  const chat = small.fleet.services.get("chat")!;
  chat.scale(chat.revision("stable")!, 2, "test");
  small.clock.runUntil(20 * MINUTE);
  const [at, message] = kubelet(small).findLast(([, message]) => message.includes("image"))!;
  assert.equal(message, 'Container image "vllm:1" already present on machine');
  assert.equal(at, 600 + PHASES.downloading / SECOND);
});

Deno.test("Pod() pulls on when the pod that began it goes", () => {
  const small = start({ pods: 2, nodes: [{ count: 1, gpus: "2xH100-SXM" }] });
  const pulling = 5 * SECOND + PHASES.downloading;
  small.clock.runUntil(pulling + SECOND);
  small.pod(0).terminate();
  small.clock.runUntil(10 * MINUTE);
  // The one that stays, and the one that was made for the one that went.
  const at = (pulling + PHASES.pulling) / SECOND;
  assert.deepEqual(small.told("Pulled").slice(3).map(([at]) => at), [at, at]);
});

Deno.test("Pod() reads a model on a claim at the claim's bandwidth, shared by its readers", () => {
  const loading = (pods: number) => {
    const volume = Math.round(DEFAULT_SUPPLY.load / 2);
    const nodes = [{ count: pods, gpus: "1xH100-SXM" }];
    const small = start({ pods, nodes, supply: { volume }, uri: "pvc://models/llama" });
    small.clock.runUntil(20 * MINUTE);
    assert.deepEqual(small.told("Started").length, pods);
    const { name } = small.pod();
    const told = objectsOf(small, name).flatMap(({ at, patch }) => {
      const { metadata } = (patch ?? {}) as { metadata?: { annotations?: Record<string, string> } };
      const phase = metadata?.annotations?.["mtop.dev/start-phase"];
      return phase ? [[phase.split(" ")[0], at] as const] : [];
    });
    const at = (phase: string) => told.find(([name]) => name === phase)![1];
    return (at("initialising") - at("loading")) / PHASES.loading;
  };
  assert.ok(Math.abs(loading(1) - 2) < 1e-6);
  assert.ok(Math.abs(loading(3) - 6) < 1e-6);
});

Deno.test("Pod() pulls the image that holds its model, once for its node", () => {
  const nodes = [{ count: 1, gpus: "2xH100-SXM" }];
  const small = start({ pods: 2, nodes, uri: "oci://registry/llama:1" });
  small.clock.runUntil(10 * MINUTE);
  const { name } = small.pod();
  const told = small.of("event").filter(({ object }) => object.endsWith(`/${name}`))
    .map(({ reason, message }) => `${reason} ${/"(.*?)"/.exec(message)?.[1] ?? ""}`.trim());
  assert.deepEqual(told, [
    "Scheduled",
    "Pulling vllm:1",
    "Pulled vllm:1",
    "Pulling registry/llama:1",
    "Pulled registry/llama:1",
    "Created",
    "Started",
  ]);
  const seconds = START.loadBytes / DEFAULT_SUPPLY.pull;
  const [, modelAt] = small.told("Pulled").filter(([, pod]) => pod === name).map(([at]) => at);
  assert.ok(Math.abs(modelAt! - 5 - 69 - seconds) < 1e-5);
});

Deno.test("Pod() is killed by its startup probe only when it is not ready in time", () => {
  const killed = (load: number) => {
    const small = start({ supply: { load } });
    small.clock.runUntil(20 * MINUTE);
    return small.told("Unhealthy").length > 0;
  };
  // KServe's probe waits 600 s, of which imports and engine init take 146 s.
  assert.equal(killed(Math.ceil(START.loadBytes / 453)), false);
  assert.equal(killed(Math.ceil(START.loadBytes / 455)), true);
});

Deno.test("Fleet of a thousand pods that start at once brings them all up", () => {
  const nodes = [{ count: 125, gpus: "8xH100-SXM" }];
  const small = start({ pods: 1000, nodes });
  // All of them download 1000 × 15 GiB through one gateway of 12.5 GB/s.
  const seconds = 1000 * START.downloadBytes / DEFAULT_SUPPLY.hub;
  small.clock.runUntil(5 * SECOND + Math.round(seconds * SECOND) - SECOND);
  assert.equal(small.told("Pulling").length, 0);
  small.clock.runUntil(5 * SECOND + Math.round(seconds * SECOND) + SECOND);
  assert.equal(small.told("Pulling").length, 1000);
  small.clock.runUntil(60 * MINUTE);
  assert.equal(small.fleet.services.get("chat")!.revision("stable")!.readyReplicas, 1000);
});
