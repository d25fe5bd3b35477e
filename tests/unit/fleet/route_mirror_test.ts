// Mirrors: a shadow serves copies, and nothing of that is seen by clients or in the service's figures.
import assert from "node:assert/strict";
import { llm, MINUTE, SECOND, smallFleet } from "./small_fleet.ts";

/** `chat` with a mirror to `shadow`, in its own rule. */
function mirrored(share: object, shadow: Parameters<typeof llm>[1] = {}) {
  const chat = llm("chat");
  const requestMirror = { backendRef: { name: "shadow-kserve-workload-svc" }, ...share };
  const rules = [{ filters: [{ type: "RequestMirror", requestMirror }] }];
  const router = { route: { http: { spec: { rules } } } };
  return smallFleet({
    services: [{ ...chat, spec: { ...chat.spec, router } }, llm("shadow", shadow)],
    recordRequests: true,
  });
}

function totals(small: ReturnType<typeof smallFleet>, service: string) {
  small.fleet.closeWindows();
  const { measured, mirrored } = small.journal.state.services[service]!.revisions["stable"]!;
  return { measured: measured.requests, mirrored: mirrored?.requests };
}

function submit(small: ReturnType<typeof smallFleet>, count: number): string[] {
  const ends: string[] = [];
  for (let index = 0; index < count; index++) {
    small.clock.after(index * 10_000, () =>
      small.fleet.submit("chat", 100, 10, { load: "users" }, {
        onEnd: (outcome) => void ends.push(outcome),
      }));
  }
  return ends;
}

Deno.test("Route.submit() sends a copy of each request to the mirror, counted apart", () => {
  const small = mirrored({});
  const ends = submit(small, 100);
  small.clock.runUntil(MINUTE);
  assert.equal(ends.length, 100);
  const chat = totals(small, "chat");
  assert.deepEqual([chat.measured.arrived, chat.measured.completed], [100, 100]);
  assert.equal(chat.mirrored, undefined);
  const shadow = totals(small, "shadow");
  assert.equal(shadow.measured.arrived, 0);
  assert.deepEqual([shadow.mirrored!.arrived, shadow.mirrored!.completed], [100, 100]);
  const rows = small.of("request").filter(({ mirrored }) => mirrored);
  assert.equal(rows.length, 100);
  assert.ok(rows.every(({ service, load }) => service === "shadow" && load === "users"));
});

Deno.test("Route.submit() loads the mirror's engines with copies", () => {
  const small = mirrored({});
  submit(small, 50);
  small.clock.runUntil(MINUTE);
  const tokens = small.of("window").filter(({ service }) => service === "shadow")
    .reduce((sum, { pods }) => sum + pods.outputTokens[0]!, 0);
  assert.equal(tokens, 500);
});

Deno.test("Route.submit() copies a share within the binomial's 99.9 % band", () => {
  const small = mirrored({ percent: 25 });
  const count = 2000;
  for (let index = 0; index < count; index++) small.fleet.submit("chat", 1, 1);
  const { arrived } = totals(small, "shadow").mirrored!;
  const band = 3.29 * Math.sqrt(count * 0.25 * 0.75);
  assert.ok(Math.abs(arrived - count * 0.25) < band, `${arrived}`);
});

Deno.test("Route.submit() lets no failure of the mirror reach a client", () => {
  const small = mirrored({}, { replicas: 0 });
  const ends = submit(small, 20);
  small.clock.runUntil(MINUTE);
  assert.deepEqual(ends, Array.from({ length: 20 }, () => "completed"));
  const { measured, mirrored: copies } = totals(small, "shadow");
  assert.deepEqual([measured.rejected, copies!.rejected], [0, 20]);
  const { failed, rejected } = totals(small, "chat").measured;
  assert.deepEqual([failed, rejected], [0, 0]);
});

Deno.test("Route.submit() keeps a copy when its client gives the request up", () => {
  const small = mirrored({});
  small.fleet.submit("chat", 100, 1000, { timeoutUs: SECOND });
  small.clock.runUntil(MINUTE);
  assert.equal(totals(small, "chat").measured.failed, 1);
  assert.equal(totals(small, "shadow").mirrored!.completed, 1);
});

Deno.test("Service.setMirror() mirrors to a revision of its own until it is told 0", () => {
  const small = smallFleet({ nodes: [{ count: 2, gpus: "2xH100-SXM" }] });
  const service = small.fleet.services.get("chat")!;
  const shadow = small.fleet.addMember("chat", "shadow", "vllm:2");
  service.scale(shadow, 1, "test");
  small.clock.runUntil(10 * MINUTE);
  service.setMirror(shadow, 50);
  const count = 2000;
  for (let index = 0; index < count; index++) small.fleet.submit("chat", 1, 1);
  small.fleet.closeWindows();
  const of = (revision: string) => small.journal.state.services["chat"]!.revisions[revision]!;
  const { arrived } = of("shadow").mirrored!.requests;
  assert.ok(Math.abs(arrived - 1000) < 3.29 * Math.sqrt(count / 4), `${arrived}`);
  assert.equal(of("shadow").measured.requests.arrived, 0);
  assert.equal(of("stable").measured.requests.arrived, count);
  service.setMirror(shadow, 0);
  small.fleet.submit("chat", 1, 1);
  small.fleet.closeWindows();
  assert.equal(of("shadow").mirrored!.requests.arrived, arrived);
});

Deno.test("Route.submit() sends copies that stay copies where an endpoint picker counts requests in flight", () => {
  const plugins = [{ type: "active-request-scorer" }, { type: "single-profile-handler" }];
  const profile = { name: "default", plugins: [{ pluginRef: "active-request-scorer" }] };
  const inline = {
    apiVersion: "llm-d.ai/v1alpha1",
    kind: "EndpointPickerConfig",
    plugins,
    schedulingProfiles: [profile],
  };
  const shadow = llm("shadow");
  const router = { scheduler: { config: { inline } } };
  const small = smallFleet({
    services: [llm("chat"), { ...shadow, spec: { ...shadow.spec, router } }],
    recordRequests: true,
  });
  const { services } = small.fleet;
  services.get("chat")!.setMirror(services.get("shadow")!.revision("stable")!, 100);
  submit(small, 20);
  small.clock.runUntil(MINUTE);
  const { measured, mirrored: copies } = totals(small, "shadow");
  assert.deepEqual([measured.completed, copies!.arrived, copies!.completed], [0, 20, 20]);
});

Deno.test("Route.submit() leaves answers out of copies: a client that tries again has two of them there", () => {
  const small = mirrored({});
  // A question of 160 tokens, its answer of 160, and the next question after both.
  const turn = (promptTokens: number) =>
    small.fleet.submit("chat", promptTokens, 160, { load: "users" }, {
      content: { ids: [1, 2], ends: [160, 320] },
    });
  turn(160);
  small.clock.runUntil(MINUTE);
  turn(330);
  small.clock.runUntil(2 * MINUTE);
  const found = small.of("request").map(({ service, cachedTokens }) => [service, cachedTokens]);
  assert.deepEqual(found.sort(), [["chat", 0], ["chat", 304], ["shadow", 0], ["shadow", 160]]);
});
