import assert from "node:assert/strict";
import { plan } from "../../../src/scenario/plan.ts";
import { scenarioHash } from "../../../src/scenario/run.ts";
import { applySettings } from "../../../src/scenario/set.ts";
import { formatPath, parsePath, type PathPart } from "../../../src/scenario/set_path.ts";
import { parseSetting, type Setting } from "../../../src/scenario/setting.ts";
import fc from "../../fast_check.ts";
import { problems, run, smallScenario } from "./small_run.ts";

const XID = {
  kind: "gpu-xid",
  name: "xid79",
  xid: 79,
  on: { kind: "pods", service: "chat", mode: "first" },
  when: "2m",
};
const SCENARIO = smallScenario({ faults: [XID], slo: { chat: { ttft: { p95: "2s" } } } });

function settings(...texts: readonly string[]): Setting[] {
  return texts.map((text) => {
    const parsed = parseSetting(text);
    if ("problem" in parsed) assert.fail(parsed.problem);
    return parsed;
  });
}

// deno-lint-ignore no-explicit-any
function set(...texts: readonly string[]): any {
  const result = applySettings(SCENARIO, settings(...texts));
  if ("problem" in result) assert.fail(result.problem);
  return result.data;
}

function problem(text: string, data: unknown = SCENARIO): string {
  const result = applySettings(data, settings(text));
  assert.ok("problem" in result, `${text} has no problem`);
  return result.problem;
}

Deno.test("parsePath() reads back what formatPath() writes", () => {
  const part = fc.oneof(fc.string(), fc.nat());
  fc.assert(fc.property(fc.string(), fc.array(part), (first, rest) => {
    const path: PathPart[] = [first, ...rest];
    assert.deepEqual(parsePath(formatPath(path)), path);
  }));
});

Deno.test("parseSetting() takes JSON, else text, after the first = outside of quotes", () => {
  const values = settings("seed=3", "duration=1m", "faults=[]", 'name="x=y"', "a=b=c", "name=");
  assert.deepEqual(values.map(({ value }) => value), [3, "1m", [], "x=y", "b=c", ""]);
  const [quoted] = settings('services[0].metadata.annotations["mtop.dev/a=b"]=1');
  assert.deepEqual(quoted!.path, ["services", 0, "metadata", "annotations", "mtop.dev/a=b"]);
});

Deno.test("parseSetting() refuses what is no path=value", () => {
  for (const text of ["", "seed", "=3", "load[=3", "load[x].rps=3", "a..b=1", 'a["b]=1', ".a=1"]) {
    const parsed = parseSetting(text);
    assert.ok("problem" in parsed, text);
    assert.match(parsed.problem, /write path=value, such as load\[0\]\.rps=30$/);
  }
});

Deno.test("applySettings() changes a field by the place or by the name of its entry", () => {
  assert.equal(set("load[0].rps=30").load[0].rps, 30);
  assert.equal(set("load.users.rps=30").load[0].rps, 30);
  assert.equal(set("services.chat.spec.replicas=3").services[0].spec.replicas, 3);
  assert.equal(set("faults.xid79.when=3m").faults[0].when, "3m");
  assert.equal(set("slo.chat.ttft.p95=1s").slo.chat.ttft.p95, "1s");
  assert.equal(set("slo.chat.itl.p95=60ms").slo.chat.itl.p95, "60ms");
  assert.deepEqual(set("load[0].rps=30", "load[0].rps=40").load[0].rps, 40);
});

Deno.test("applySettings() leaves the data it was given and all other fields as they are", () => {
  const before = JSON.stringify(SCENARIO);
  const changed = set("load[0].rps=30");
  assert.equal(JSON.stringify(SCENARIO), before);
  assert.equal(JSON.stringify(set("load[0].rps=2")), before);
  assert.equal(changed.services, (SCENARIO as Record<string, unknown>)["services"]);
});

Deno.test("applySettings() takes a field or an entry away when it is set to null, and adds an entry", () => {
  assert.deepEqual(set("faults.xid79=null").faults, []);
  assert.ok(!("slo" in set("slo=null")));
  assert.ok(!("p95" in set("slo.chat.ttft.p95=null").slo.chat.ttft));
  assert.equal(set(`faults[1]=${JSON.stringify({ ...XID, name: "second" })}`).faults.length, 2);
  assert.deepEqual(set('changes[0]={"kind":"change"}').changes, [{ kind: "change" }]);
});

Deno.test("applySettings() says where a path ends, and what was meant", () => {
  assert.equal(
    problem("laod[0].rps=3"),
    'Cannot set "laod[0].rps": a scenario has no "laod", did you mean "load"?',
  );
  assert.equal(
    problem("load.user.rps=3"),
    'Cannot set "load.user.rps": there is no "user" in load, did you mean "users"?',
  );
  assert.equal(problem("load[1].rps=3"), 'Cannot set "load[1].rps": there is only load[0]');
  assert.equal(problem("load[7]={}"), 'Cannot set "load[7]": there is only load[0]');
  assert.equal(problem("changes.x.weight=3"), 'Cannot set "changes.x.weight": changes is empty');
  assert.equal(
    problem("load[0].rps.p95=3"),
    'Cannot set "load[0].rps.p95": load[0].rps is 2, which has no fields',
  );
  assert.equal(
    problem("slo[0].ttft=3"),
    'Cannot set "slo[0].ttft": slo is no list, its fields are chat',
  );
  assert.match(problem("expect.x.y=1", smallScenario({ expect: [{}, {}] })), /have no names/);
});

Deno.test("applySettings() never reaches what objects inherit", () => {
  const changed = set("services[0].spec.__proto__.polluted=1");
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  assert.ok(Object.hasOwn(changed.services[0].spec, "__proto__"));
});

Deno.test("a changed scenario is judged as one that was written so", () => {
  const data = set("load[0].rps=-1");
  assert.ok("problems" in plan(data));
  assert.ok("load[0].rps" in problems(data));
});

Deno.test("a changed scenario has its own hash, and its run the figures of the change", () => {
  const short = set("duration=1m", "load.users.rps=6");
  const written = smallScenario({
    faults: [XID],
    slo: { chat: { ttft: { p95: "2s" } } },
    duration: "1m",
    load: [{ ...smallScenario().load[0], rps: 6 }],
  });
  assert.equal(scenarioHash(short), scenarioHash(written));
  assert.equal(run(short).simulation.hash, run(written).simulation.hash);
  assert.notEqual(run(short).simulation.hash, run(set("duration=1m")).simulation.hash);
});
