// A page of a log that somebody changed by hand, within what the schema of events lets through.

import { ok } from "node:assert/strict";
import { type FleetEvent, fleetEventSchema } from "../../../../src/fleet/events.ts";
import { ReportCollector } from "../../../../src/report/html/collect.ts";
import { reportHtml } from "../../../../src/report/html/document.ts";
import { ExtentReading } from "../../../../src/report/html/extent.ts";
import fc from "../../../fast_check.ts";
import { run, smallScenario } from "../../scenario/small_run.ts";

const { events } = run(smallScenario({ duration: "30s" }));
const STRANGE = [null, "", 5, -1, 1e15, "</script>", [], {}, [null], true, "__proto__", 0.5];

/** One value of an event becomes another, or goes. */
function changed(event: FleetEvent, path: readonly number[], value: unknown): FleetEvent {
  const copy = structuredClone(event) as unknown as Record<string, unknown>;
  let at: Record<string, unknown> = copy;
  for (const [depth, step] of path.entries()) {
    const keys = Object.keys(at).filter((key) => !["at", "seq", "kind"].includes(key));
    const key = keys[step % Math.max(1, keys.length)];
    if (key === undefined) break;
    const inner = at[key];
    if (typeof inner === "object" && inner !== null && depth + 1 < path.length) {
      at = inner as Record<string, unknown>;
    } else {
      at[key] = value;
      break;
    }
  }
  return copy as unknown as FleetEvent;
}

function page(changedEvents: readonly FleetEvent[]): string {
  const reading = new ExtentReading();
  for (const event of changedEvents) reading.take(event);
  const collector = new ReportCollector({ extent: reading.extent, objectives: {} });
  for (const event of changedEvents) collector.take(event);
  const data = collector.finish();
  const header = { mtop: "test", kind: "simulation", scenario: null } as const;
  const facts = { header, name: "x", events: 0, hash: undefined, warning: undefined };
  return reportHtml(collector.state, data, facts);
}

Deno.test("reportHtml() makes a page of whatever the schema of events lets through", () => {
  const change = fc.record({
    index: fc.nat(),
    path: fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 7 }),
    value: fc.constantFrom<unknown>(...STRANGE),
  });
  let taken = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 5, maxLength: 20 }), (changes) => {
      const mine: FleetEvent[] = [...events];
      for (const { index, path, value } of changes) {
        const place = index % mine.length;
        const candidate = changed(mine[place]!, path, value);
        if (!fleetEventSchema.safeParse(candidate).success) continue;
        mine[place] = candidate;
        taken++;
      }
      const html = page(mine);
      ok(html.endsWith("</html>\n"));
      ok(html.match(/<\/script>/g)?.length === 3);
    }),
    { numRuns: 60 },
  );
  ok(taken > 100, `only ${taken} changes got through`);
});
