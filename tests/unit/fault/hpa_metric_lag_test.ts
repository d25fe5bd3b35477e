import assert from "node:assert/strict";
import { hpaMetricLag } from "../../../src/mod.ts";
import { BY_VARIANTS, kedaBy, scaledService } from "../fleet/autoscale/scaled_fleet.ts";
import { SECOND } from "../fleet/small_fleet.ts";
import { problems, run, smallScenario } from "../scenario/small_run.ts";

/** One replica for each four requests that run; ten come each second from 5m on. */
const BY_RUNNING = kedaBy('sum(vllm:num_requests_running{llm_isvc_name="chat"})', "4");

function scaled(faults: readonly unknown[], scaling: unknown = BY_RUNNING) {
  return run(smallScenario({
    duration: "20m",
    cluster: { nodes: [{ count: 4, gpus: "2xH100-SXM" }] },
    services: [scaledService(scaling)],
    load: [{
      ...{ kind: "constant", name: "users", to: "chat", rps: 4, start: "5m" },
      ...{ prompt: { kind: "fixed", tokens: 100 }, output: { kind: "fixed", tokens: 500 } },
    }],
    faults,
  }));
}

/** When it was scaled beyond one replica first, in seconds; undefined: never. */
function firstScaleS({ of }: ReturnType<typeof scaled>): number | undefined {
  const first = of("scale").find(({ replicas }) => replicas > 1);
  return first && first.at / SECOND;
}

const calm = scaled([]);

Deno.test("hpaMetricLag() has an autoscaler hear of a load so much later", () => {
  const late = scaled([hpaMetricLag({ by: "3m", when: "1m", permanent: true })]);
  const [before, after] = [firstScaleS(calm)!, firstScaleS(late)!];
  assert.ok(before > 300 && before < 360, `${before}`);
  // Scrapes come every 30 s, the HPA looks every 15 s.
  assert.ok(Math.abs(after - before - 180) <= 30, `${before}, then ${after}`);
});

Deno.test("hpaMetricLag() shows all at once when it is over, and adds up with another", () => {
  const over = scaled([hpaMetricLag({ by: "4m", when: "1m", for: "5m" })]);
  assert.ok(firstScaleS(over)! >= 360 && firstScaleS(over)! <= 400, `${firstScaleS(over)}`);
  const both = scaled([
    hpaMetricLag({ name: "a", by: "1m", when: "1m", permanent: true }),
    hpaMetricLag({ name: "b", by: "2m", when: "2m", permanent: true }),
  ]);
  assert.ok(Math.abs(firstScaleS(both)! - firstScaleS(calm)! - 180) <= 30, `${firstScaleS(both)}`);
});

Deno.test("hpaMetricLag() beyond Prometheus' 5 minutes leaves nothing to be found", () => {
  const { of } = scaled([hpaMetricLag({ by: "10m", when: "1m", permanent: true })]);
  assert.ok(!of("scale").some(({ replicas }) => replicas > 1));
});

Deno.test("hpaMetricLag() that is gone has KEDA and its HPA say so and keep the replicas", () => {
  const gone = scaled([hpaMetricLag({ gone: true, when: "4m", for: "8m" })]);
  assert.ok(firstScaleS(gone)! >= 720, `${firstScaleS(gone)}`);
  const told = gone.of("event").map(({ reason, message }) => `${reason}: ${message}`);
  assert.ok(told.some((text) => /^KEDAScalerFailed: .*connection refused/.test(text)));
  assert.ok(
    told.some((text) => /^FailedGetExternalMetric: unable to get external metric/.test(text)),
  );
});

Deno.test("hpaMetricLag() that is gone has an HPA of the variant autoscaler keep its replicas", () => {
  const gone = scaled(
    [hpaMetricLag({ gone: true, when: "4m", permanent: true })],
    { ...BY_VARIANTS, wva: { hpa: {} } },
  );
  assert.equal(firstScaleS(gone), undefined);
  const { message } = gone.of("event").find(({ reason }) => reason === "FailedGetExternalMetric")!;
  assert.match(message, /unable to handle the request \(get wva_desired_replicas\.external/);
});

Deno.test("plan() refuses hpaMetricLag() where nothing is autoscaled, and one that says both or nothing", () => {
  const fault = hpaMetricLag({ by: "1m", when: "1m", for: "1m" });
  assert.deepEqual(problems(smallScenario({ faults: [fault] })), {
    "faults[0].kind":
      'Cannot keep metrics from an autoscaler: "chat" has none, spec.scaling is missing',
  });
  assert.deepEqual(problems(smallScenario({ faults: [{ ...fault, gone: true }] })), {
    "faults[0].by": 'say one of by: "2m" and gone: true',
  });
});
