// What every implementation of the port does, whatever it scales by.
import assert from "node:assert/strict";
import type { Autoscaler } from "../../../../src/fleet/autoscale/autoscaler.ts";
import { HorizontalPodAutoscaler } from "../../../../src/fleet/autoscale/hpa.ts";
import { Keda } from "../../../../src/fleet/autoscale/keda.ts";
import fc from "../../../fast_check.ts";
import { hpa, scaled, scaledObject } from "./autoscaler_plans.ts";
import { Rig } from "./autoscaler_rig.ts";

interface Implementation {
  readonly about: string;
  /** The kind of its first object. */
  readonly kind: string;
  readonly min: number;
  readonly max: number;
  /** May be fewer than `min` where nothing is asked of it. */
  readonly idle?: number;
  make(rig: Rig): Autoscaler;
}

const BOUNDS = { min: 2, max: 8 };

const IMPLEMENTATIONS: readonly Implementation[] = [
  ...(["Value", "AverageValue"] as const).map((type) => ({
    about: `an HPA by ${type}`,
    kind: "HorizontalPodAutoscaler",
    ...BOUNDS,
    make: (rig: Rig) => new HorizontalPodAutoscaler(hpa(rig, { ...BOUNDS, type }), rig, rig.host),
  })),
  {
    about: "KEDA",
    kind: "ScaledObject",
    ...BOUNDS,
    make: (rig) => new Keda(scaledObject(BOUNDS), rig, rig.host, scaled(rig)),
  },
  {
    about: "KEDA that idles",
    kind: "ScaledObject",
    ...BOUNDS,
    idle: 0,
    make: (rig) => new Keda(scaledObject({ ...BOUNDS, idle: 0 }), rig, rig.host, scaled(rig)),
  },
];

for (const { about, kind, min, max, idle = min, make } of IMPLEMENTATIONS) {
  Deno.test(`${about} gives replicas within its bounds alone`, () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 400 }), fc.oneof(fc.nat(40), fc.constant("lost"))),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(steps, fc.nat(12), fc.boolean(), (all, start, warm) => {
        const rig = new Rig(start);
        make(rig).start(warm);
        for (const [seconds, metric] of all) rig.run(seconds, metric);
        assert.ok(
          rig.scaled.every((replicas) => replicas === idle || (replicas >= min && replicas <= max)),
          `${rig.scaled}`,
        );
      }),
      { numRuns: 60 },
    );
  });

  Deno.test(`${about} follows its metric up`, () => {
    const rig = new Rig(min);
    make(rig).start(true);
    rig.run(120, 4);
    assert.ok(rig.replicas > min);
  });

  Deno.test(`${about} is ready while its metric can be read, and says why it is not`, () => {
    const rig = new Rig(min);
    const autoscaler = make(rig);
    rig.metric = { milli: 2000 };
    autoscaler.start(true);
    assert.deepEqual(autoscaler.verdict, { status: "True" });
    rig.run(60, "the series is lost");
    const { status, reason, message } = autoscaler.verdict;
    assert.equal(status, "False");
    assert.ok(reason && message);
    assert.ok(rig.changes > 0);
    rig.run(60, 2);
    assert.deepEqual(autoscaler.verdict, { status: "True" });
  });

  Deno.test(`${about} changes nothing while its metric cannot be read`, () => {
    const rig = new Rig(5);
    rig.metric = { error: "lost" };
    make(rig).start(true);
    rig.run(1000, "lost");
    assert.deepEqual(rig.scaled, []);
  });

  Deno.test(`${about} shows itself as an object, and is gone with all of them when it is stopped`, () => {
    const rig = new Rig(min);
    const autoscaler = make(rig);
    autoscaler.start(true);
    rig.run(60, 3);
    assert.equal(rig.objects(kind).length, 1);
    autoscaler.stop();
    assert.deepEqual(Object.keys(rig.journal.state.objects), []);
    const before = rig.events.length;
    rig.run(1000, 40);
    assert.equal(rig.events.length, before);
    assert.ok(rig.scaled.length <= 2);
  });

  Deno.test(`${about} says nothing while nothing changes`, () => {
    const rig = new Rig(min);
    rig.metric = { milli: 2000 };
    make(rig).start(true);
    rig.run(600, 2);
    const before = rig.events.length;
    rig.run(3600, 2);
    assert.equal(rig.events.length, before);
  });

  Deno.test(`${about} tells a failure once, not at every look`, () => {
    const rig = new Rig(min);
    make(rig).start(true);
    rig.run(60, 2);
    rig.run(600, "lost");
    const warnings = rig.told().filter(([, reason]) => /Failed/.test(reason));
    assert.equal(new Set(warnings.map(([, , message]) => message)).size, warnings.length);
  });
}
