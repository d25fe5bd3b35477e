import assert from "node:assert/strict";
import { canary, podKill, pods, setWeight, slowStart } from "mtop";
import { PHASES, SECOND } from "../fleet/small_fleet.ts";
import { faultProblems, type Hit, hit } from "./fault_rig.ts";

/** A pod is made at 2 min on an empty node. */
const killed = podKill({ on: pods({ service: "chat" }).first(), when: "2m" });
const ALONE = [["importing"], ["loading"], ["initialising"]].map(([phase]) =>
  PHASES[phase as "importing"] / SECOND
);

function start(...faults: readonly unknown[]): Hit {
  return hit([...faults, killed], { duration: "30m" });
}

function seconds({ phases, firstAt }: Hit): number[] {
  const { importing, loading, initialising } = phases();
  return [
    firstAt("Pulling") - 120,
    firstAt("Started", /main/) - firstAt("Pulling"),
    ...[...importing, ...loading, ...initialising],
  ];
}

const near = (got: readonly number[], want: readonly number[]) => {
  assert.equal(got.length, want.length);
  for (const [index, value] of got.entries()) {
    // Engine init ends with the beat of the probe.
    const within = index === want.length - 1 ? 10 : 0.1;
    assert.ok(value - want[index]! > -0.1 && value - want[index]! < within, `${got} not ${want}`);
  }
};

Deno.test("slowStart makes every phase take × factor", () => {
  const usual = [PHASES.downloading / SECOND, PHASES.pulling / SECOND, ...ALONE];
  near(seconds(start()), usual);
  const slow = start(slowStart({ service: "chat", factor: 2, when: "1m", permanent: true }));
  near(seconds(slow), usual.map((each) => each * 2));
});

Deno.test("slowStart adds time to the phases that it names", () => {
  const slow = start(slowStart({
    ...{ service: "chat", plus: "60s", phases: ["downloading", "loading", "initialising"] },
    ...{ when: "1m", permanent: true },
  }));
  const [importing, loading, initialising] = ALONE as [number, number, number];
  near(seconds(slow), [
    PHASES.downloading / SECOND + 60,
    PHASES.pulling / SECOND,
    ...[importing, loading + 60, initialising + 60],
  ]);
});

Deno.test("slowStart leaves those alone that start after its end, and other revisions", () => {
  const usual = [PHASES.downloading / SECOND, PHASES.pulling / SECOND, ...ALONE];
  near(seconds(start(slowStart({ service: "chat", factor: 9, when: "10s", for: "1m" }))), usual);
  const other = slowStart({
    service: "chat",
    of: "canary",
    factor: 9,
    when: "0s",
    permanent: true,
  });
  const rollouts = [
    canary("chat", { at: "29m", to: { image: "vllm:2" }, steps: [setWeight(1)] }),
  ];
  near(seconds(hit([other, killed], { duration: "25m", rollouts })), usual);
});

Deno.test("slowStart beyond the startup probe's patience has the container killed", () => {
  const slow = start(
    slowStart({ service: "chat", factor: 9, phases: ["importing"], when: "1m", for: "20m" }),
  );
  const [[at, message] = assert.fail()] = slow.told("Unhealthy");
  assert.match(message, /^Startup probe failed: /);
  assert.equal(Math.round(at - slow.firstAt("Started", /main/)), 600);
});

Deno.test("slowStart says how much slower, and of which service", () => {
  const rest = { kind: "slow-start", when: "1m", permanent: true };
  assert.deepEqual(faultProblems({ ...rest, service: "chat" }), {
    "faults[0]": 'say how much slower: factor: 3, plus: "60s", or both',
  });
  assert.deepEqual(faultProblems({ ...rest, service: "caht", of: "green", factor: 2 }), {
    "faults[0].service": 'Cannot find the service "caht": did you mean "chat"?',
    "faults[0].of": 'Cannot find the revision "green": known: stable',
  });
});
