// Every request is accounted for, whatever happens to weights, pods, mirrors and tries meanwhile.
import assert from "node:assert/strict";
import { ended, inFlight, type Totals } from "../../../src/metrics/totals.ts";
import fc from "../../fast_check.ts";
import { llm, SECOND, smallFleet } from "./small_fleet.ts";

const NAMES = ["a", "b", "c"] as const;

const RULE = {
  timeouts: { request: "20s", backendRequest: "4s" },
  retry: { attempts: 2, backoff: "50ms" },
};

function member(name: string, index: number, rule: object) {
  const service = llm(name, { replicas: 2 });
  return {
    ...service,
    spec: {
      ...service.spec,
      model: { ...service.spec.model, name: index === 2 ? "other" : "llama" },
      router: { route: { group: "g", weight: index + 1, http: { spec: { rules: [rule] } } } },
    },
  };
}

type Deed =
  | { readonly kind: "weight"; readonly who: number; readonly weight: number }
  | { readonly kind: "die" | "hang" | "drain"; readonly who: number; readonly pod: number }
  | { readonly kind: "mirror"; readonly who: number; readonly percent: number }
  | { readonly kind: "scale"; readonly who: number; readonly replicas: number }
  | { readonly kind: "stop" | "resume" | "delete"; readonly who: number };

const who = fc.nat({ max: NAMES.length - 1 });
const pod = fc.nat({ max: 1 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ kind: fc.constant("weight" as const), who, weight: fc.nat({ max: 5 }) }),
  fc.record({ kind: fc.constantFrom("die" as const, "hang" as const, "drain" as const), who, pod }),
  fc.record({ kind: fc.constant("mirror" as const), who, percent: fc.nat({ max: 100 }) }),
  fc.record({ kind: fc.constant("scale" as const), who, replicas: fc.nat({ max: 3 }) }),
  fc.record({
    kind: fc.constantFrom("stop" as const, "resume" as const, "delete" as const),
    who,
  }),
);

function add(sum: { arrived: number; ended: number; open: number }, totals?: Totals) {
  if (!totals) return;
  sum.arrived += totals.requests.arrived;
  sum.ended += ended(totals.requests);
  sum.open += inFlight(totals.requests);
}

Deno.test("every request is accounted for over any sequence of weights, deaths, mirrors, scales and stops", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(deed, fc.integer({ min: 1, max: 9000 })), { maxLength: 12 }),
      fc.boolean(),
      fc.option(fc.integer({ min: 100, max: 6000 }), { nil: undefined }),
      (deeds, limited, patienceMs) => {
        const small = smallFleet({
          nodes: [{ count: 3, gpus: "8xH100-SXM" }],
          services: NAMES.map((name, index) => member(name, index, limited ? RULE : {})),
          gateway: { propagationUs: 100_000, coldUs: 300_000 },
          recordRequests: true,
        });
        const { fleet, clock } = small;
        const service = (index: number) => fleet.services.get(NAMES[index]!)!;
        const stable = (index: number) => service(index).revision("stable")!;
        let sent = 0;
        let heard = 0;
        const kind = patienceMs === undefined ? {} : { timeoutUs: patienceMs * 1000 };
        const ways = [
          fleet.way("a"),
          fleet.way("c"),
          fleet.way({ member: "b" }),
          fleet.way({ model: "llama" }),
        ];
        for (let at = 0; at < 60 * SECOND; at += 190_000) {
          clock.at(at, () => {
            const way = ways[sent % ways.length]!;
            sent++;
            fleet.submit(way, 50, 1 + sent % 200, kind, { onEnd: () => void heard++ });
          });
        }
        let atUs = 0;
        for (const [what, laterMs] of deeds) {
          atUs += laterMs * 1000;
          clock.at(atUs, () => {
            const revision = stable(what.who);
            if (what.kind === "weight") service(what.who).setWeight("stable", what.weight);
            else if (what.kind === "stop") service(what.who).stop();
            else if (what.kind === "resume") service(what.who).resume();
            else if (what.kind === "delete") service(what.who).delete();
            else if (what.kind === "scale") {
              service(what.who).scale(revision, what.replicas, "test");
            } else if (what.kind === "mirror") {
              const other = stable((what.who + 1) % NAMES.length);
              service(what.who).setMirror(other, what.percent);
            } else if ("pod" in what) {
              const pod = revision.pods[what.pod % Math.max(1, revision.pods.length)];
              if (what.kind === "die") pod?.die("test");
              else if (what.kind === "hang") pod?.hang();
              else pod?.terminate();
            }
          });
        }
        clock.runUntil(90 * SECOND);
        fleet.closeWindows();
        const asked = { arrived: 0, ended: 0, open: 0 };
        const copied = { arrived: 0, ended: 0, open: 0 };
        let retried = 0;
        for (const name of NAMES) {
          const { measured, warmup, mirrored } = small.journal.state.services[name]!
            .revisions["stable"]!;
          add(asked, measured);
          add(asked, warmup);
          add(copied, mirrored);
          retried += measured.requests.retried ?? 0;
          assert.equal(measured.requests.retried ?? 0, measured.requests.retriedByGateway ?? 0);
        }
        const held = Object.values(fleet.inFlight()).reduce((sum, count) => sum + count, 0);
        // Each request arrives once, and once more for each try of the gateway's.
        assert.equal(asked.arrived - retried, sent, "requests that arrived");
        assert.equal(asked.open + copied.open, held, "requests that engines hold");
        assert.equal(asked.ended - retried, heard, "requests whose clients heard of their end");
        const rows = small.of("request");
        assert.equal(rows.length, asked.ended + copied.ended, "rows");
        assert.equal(rows.filter(({ again }) => again).length, retried, "rows of tries");
      },
    ),
    { numRuns: 60, seed: 7 },
  );
});
