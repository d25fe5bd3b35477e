// Rows of single requests of whole runs: whose they are, and why the failed ones failed.
import assert from "node:assert/strict";
import type { EventOf } from "../../../src/fleet/events.ts";
import { Simulation } from "../../../src/scenario/run.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, smallScenario } from "./small_run.ts";

function rowsOf(fields: Readonly<Record<string, unknown>>): EventOf<"request">[] {
  const data = smallScenario({ duration: "2m", ...fields });
  const rows: EventOf<"request">[] = [];
  const simulation = new Simulation(planned(data), {
    data,
    recordRequests: true,
    sink: (event) => event.kind === "request" && rows.push(event),
  });
  simulation.advance(simulation.durationUs);
  simulation.finish();
  return rows;
}

const load = (name: string, fields: Readonly<Record<string, unknown>> = {}) => ({
  kind: "constant",
  name,
  to: "chat",
  rps: 1,
  end: "60s",
  prompt: { kind: "fixed", tokens: 100 },
  // Above 5 s at the 7 ms or more that a step of an 8B model takes.
  output: { kind: "fixed", tokens: 1000 },
  ...fields,
});

/** How many rows there are of each kind. */
function counted(rows: readonly EventOf<"request">[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { load, priority = "-", adapter = "-", outcome, reason = "-" } of rows) {
    const kind = `${load} ${priority} ${adapter} ${outcome} ${reason}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

Deno.test("Simulation tells of each request its load, and of one that timed out that it did", () => {
  const services = [llm("chat", { args: ["--enable-lora", "--scheduling-policy=priority"] })];
  const loads = [
    load("patient", { priority: 2 }),
    load("hasty", { timeout: "3s", adapter: "sql" }),
  ];
  assert.deepEqual(counted(rowsOf({ services, load: loads })), {
    "patient 2 - completed -": 60,
    "hasty - sql failed timeout": 60,
  });
});

Deno.test("Simulation tells of requests that died with their server that they were lost", () => {
  const on = { kind: "pods", mode: "first", count: 1, service: "chat" };
  const faults = [{ kind: "gpu-xid", xid: 79, on, when: "30s" }];
  const services = [llm("chat", { replicas: 1 })];
  // Given up long after: not before the server is gone.
  const rows = rowsOf({ services, faults, load: [load("users", { timeout: "100s" })] });
  const { "users - - failed lost": lost = 0, ...others } = counted(rows);
  assert.ok(lost >= 5, `${lost} lost`);
  assert.ok(others["users - - completed -"]! > 0);
  assert.ok(!rows.some(({ reason }) => reason === "timeout"));
  // While nobody is ready the gateway answers by itself.
  const unanswered = others["users - - rejected no-healthy-upstream"]!;
  assert.ok(unanswered > 0);
  assert.deepEqual(
    rows.filter(({ outcome }) => outcome === "rejected").map(({ status }) => status),
    Array.from({ length: unanswered }, () => 503),
  );
  assert.ok(
    rows.every(({ outcome, reason }) => (outcome === "completed") === (reason === undefined)),
  );
});

Deno.test("Simulation has one row a request where prefill and decode are apart, timed out or not", () => {
  const service = llm("chat", { replicas: 1 });
  const prefill = { replicas: 1, template: service.spec.template };
  const services = [{ ...service, spec: { ...service.spec, prefill } }];
  const rows = rowsOf({ services, load: [load("patient"), load("hasty", { timeout: "3s" })] });
  assert.deepEqual(counted(rows), {
    "patient - - completed -": 60,
    "hasty - - failed timeout": 60,
  });
});
