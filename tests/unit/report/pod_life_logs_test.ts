// What containers say, out of the very events that a simulated pod's life tells.
import assert from "node:assert/strict";
import initTemplates from "../../../mocks/pod_logs/storage-initializer.txt" with { type: "text" };
import { InitLog } from "../../../src/report/init_log.ts";
import { type LogTemplates, parseTemplates } from "../../../src/report/log_templates.ts";
import { PodLog } from "../../../src/report/pod_logs.ts";
import { podServer } from "../../../src/report/pod_server.ts";
import { llm, MINUTE, SECOND, type SmallFleet, smallFleet } from "../fleet/small_fleet.ts";

const TEMPLATES: LogTemplates = {
  start: ["start"],
  imported: ["imported"],
  loaded: ["loaded"],
  initialised: ["initialised"],
  ready: ["ready"],
  died: ["died of {{reason}}"],
  stop: ["stop"],
};

function begin(): SmallFleet {
  const small = smallFleet({
    nodes: [{ count: 1, gpus: "1xH100-SXM" }],
    services: [llm("chat", { replicas: 0 })],
  });
  small.clock.runUntil(5 * SECOND);
  const chat = small.fleet.services.get("chat")!;
  chat.scale(chat.revision("stable")!, 1, "test");
  small.clock.runUntil(10 * MINUTE);
  return small;
}

function logsOf({ clock, events, fleet, journal }: SmallFleet, pod = fleet.pods()[0]!.object()) {
  const server = podServer(journal.state, pod);
  const main = new PodLog(server, TEMPLATES);
  const { templates, problems } = parseTemplates(initTemplates);
  assert.deepEqual(problems, []);
  const init = new InitLog(server, templates);
  for (const event of events) {
    main.take(event);
    init.take(event);
  }
  const shown = (lines: readonly { atUs: number; text: string }[]) =>
    lines.map(({ atUs, text }) => `${Math.round(atUs / SECOND)} ${text}`);
  return {
    main: main.containers(clock.nowUs).map(({ lines }) => shown(lines)),
    init: init.containers.map(({ lines }) => lines.map(({ text }) => text)),
  };
}

Deno.test("PodLog follows a start, a crash with its last words, and an OOM kill without any", () => {
  const small = begin();
  const started = ["95 start", "168 imported", "179 loaded", "252 initialised", "255 ready"];
  assert.deepEqual(logsOf(small).main, [started]);
  small.pod().die("RuntimeError: CUDA error");
  small.clock.runUntil(20 * MINUTE);
  small.pod().oomKill();
  small.clock.runUntil(20 * MINUTE + 15 * SECOND);
  const [first, second, third] = logsOf(small).main;
  assert.deepEqual(first, [...started, "600 died of RuntimeError: CUDA error"]);
  assert.deepEqual(second!.slice(-1), ["761 ready"]);
  assert.deepEqual(third, ["1211 start"]);
});

Deno.test("PodLog hears a server stop after its preStop hook, and nothing of one that the kubelet kills", () => {
  const small = begin();
  const pod = small.pod();
  pod.stall();
  small.clock.runUntil(13 * MINUTE);
  assert.deepEqual(logsOf(small).main.map((lines) => lines.at(-1)), ["255 ready", "756 start"]);
  small.clock.runUntil(20 * MINUTE);
  const object = pod.object();
  pod.terminate();
  small.clock.runUntil(20 * MINUTE + 15 * SECOND - 1);
  const before = small.events.length;
  small.clock.runUntil(20 * MINUTE + 15 * SECOND);
  const gone = small.events.findIndex(({ kind }, index) =>
    index >= before && kind === "object.deleted"
  );
  const until = { ...small, events: small.events.slice(0, gone) };
  assert.equal(logsOf(until, object).main.at(-1)!.at(-1), "1215 stop");
});

Deno.test("InitLog tells what KServe's init container fetched and in what time", () => {
  const [lines] = logsOf(begin()).init;
  assert.deepEqual(lines, [
    "2026-01-01 00:00:05.000 1 kserve INFO [initializer-entrypoint:<module>()] Initializing, args: " +
    "src_uri [hf://meta-llama/Llama-3.1-8B] dest_path[ [/mnt/models]",
    "2026-01-01 00:00:05.000 1 kserve INFO [storage.py:download()] Copying contents of " +
    "hf://meta-llama/Llama-3.1-8B to local",
    "2026-01-01 00:00:26.223 1 kserve INFO [storage.py:download()] Successfully copied " +
    "hf://meta-llama/Llama-3.1-8B to /mnt/models",
    "2026-01-01 00:00:26.223 1 kserve INFO [storage.py:download()] Model downloaded in 21.22 seconds.",
  ]);
});

Deno.test("InitLog has an instance for each try, the one before last as kubectl's --previous", () => {
  const small = begin();
  const [node] = small.fleet.nodes.all;
  small.fleet.nodeLife.lose(node!);
  small.clock.runUntil(10 * MINUTE + 10 * SECOND);
  small.fleet.nodeLife.recover(node!);
  small.clock.runUntil(10 * MINUTE + 12 * SECOND);
  small.pod().failInit("huggingface_hub.errors.HfHubHTTPError: 503 Server Error");
  small.clock.runUntil(20 * MINUTE);
  const { init } = logsOf(small);
  assert.equal(init.length, 3);
  assert.equal(init[1]!.at(-1), "huggingface_hub.errors.HfHubHTTPError: 503 Server Error");
  assert.match(init[2]!.at(-1)!, /Model downloaded in 21\.22 seconds\.$/);
});
