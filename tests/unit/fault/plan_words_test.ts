// What a plan says of faults of pods, versions, images, models and quotas.
import assert from "node:assert/strict";
import * as mtop from "mtop";
import { planText } from "../../../src/report/plan_text.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, smallScenario } from "../scenario/small_run.ts";

const on = mtop.pods({ service: "chat" }).first();
const [service, at] = ["chat", { when: "3m" } as const];
const [always, minute] = [{ ...at, permanent: true } as const, { ...at, for: "1m" } as const];

const CHAT = llm("chat", { args: ["--enable-lora"] });

const FAULTS: readonly (readonly [fault: unknown, words: string])[] = [
  [mtop.podKill({ on, ...at }), "deletion on first pod of chat"],
  [mtop.podKill({ on, ...at, grace: "0s" }), "forced deletion on first pod of chat"],
  [mtop.containerKill({ on, ...at }), "SIGKILL on first pod of chat"],
  [mtop.podOom({ on, ...at }), "out of memory on first pod of chat"],
  [mtop.crashLoop({ on, ...minute }), "crash loop on first pod of chat for 1m"],
  [mtop.stall({ on, ...at }), "stall on first pod of chat"],
  [
    mtop.readinessFailing({ on, ...minute }),
    "failing readiness probe on first pod of chat for 1m",
  ],
  [
    mtop.slowStart({ service, factor: 3, plus: "5s", phases: ["loading", "importing"], ...minute }),
    "start of chat × 3 + 5s while loading, importing for 1m",
  ],
  [mtop.configError({ service, ...always }), "configuration error of chat for good"],
  [
    mtop.loraLoadFailure({ service, ...minute }),
    "broken LoRA adapter of chat for 1m",
  ],
  [mtop.failingRevision({ service, failing: "5%", ...always }), "500 for 5% of chat for good"],
  [
    mtop.slowingRevision({ service, image: "vllm:2", by: "30%", over: "10m", ...always }),
    "steps of chat with vllm:2 slower by 30% over 10m for good",
  ],
  [mtop.quota({ hard: { pods: 3 }, ...minute }), "quota of pods=3 in default for 1m"],
  [mtop.badImage({ image: "vllm:1", ...minute }), "missing image vllm:1 for 1m"],
  [mtop.badImage({ service, ...minute }), "missing image of chat for 1m"],
  [
    mtop.pullThrottled({ bandwidth: "100MB/s", pulls: 3, ...minute }),
    "registry at 100MB/s, 3 pulls in 6h for 1m",
  ],
  [mtop.registryDown({ registry: "ghcr.io", ...minute }), "outage of ghcr.io for 1m"],
  [mtop.hubThrottled({ bandwidth: "1.5GB/s", ...minute }), "hub at 1.5GB/s for 1m"],
];

Deno.test("planText() says of each fault of pods and supply what it does, to whom, and for how long", () => {
  const faults = FAULTS.map(([fault]) => fault);
  const lines = planText(planned(smallScenario({ services: [CHAT], faults }))).split("\n");
  const begin = lines.findIndex((line) => line === "  faults") + 1;
  const said = lines.slice(begin, begin + FAULTS.length).map((line) => line.trim());
  assert.deepEqual(
    said,
    FAULTS.map(([, words], index) => `faults[${index}]  ${words}, at 3m`),
  );
});
