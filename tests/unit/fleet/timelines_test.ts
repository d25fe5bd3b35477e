// A service of each shape through its life: manifests in; objects and status at five instants out.
import assert from "node:assert/strict";
import { dump } from "js-yaml";
import { diffPatch, type Json } from "../../../src/kube/object.ts";
import { assertGolden } from "../../golden/golden.ts";
import { conditionOf, goldenWorld, MINUTE, SECOND, type World } from "./golden_world.ts";
import { PlainNames, shown } from "./shown_objects.ts";

const SHAPES = [
  "single-node",
  "with-scheduler",
  "prefill-decode",
  "multi-node",
  "prefill-decode-multi-node",
  "autoscaled",
];

/** Goes on until Ready is so, looking once a second. */
function until(world: World, status: string): void {
  const { clock } = world;
  const last = clock.nowUs + 30 * MINUTE;
  while (conditionOf(world.service(), "Ready")?.status !== status) {
    assert.ok(clock.nowUs < last, `Ready is not ${status} at ${clock.nowUs / SECOND} s`);
    clock.runUntil(clock.nowUs + SECOND);
  }
}

/** The node that most of the pods are on that take requests. */
function busyNode({ fleet }: World) {
  return fleet.pods()[0]!.node!;
}

for (const shape of SHAPES) {
  Deno.test(`Fleet() leads a service of the shape ${shape} through its life as it is written`, () => {
    const world = goldenWorld(shape);
    const { clock, fleet, journal } = world;
    let before: Record<string, Json> = {};
    const parts: string[] = [];
    const names = new PlainNames();
    const show = (when: string) => {
      for (const object of Object.values(journal.state.objects)) names.learn(object);
      const now = Object.fromEntries(
        Object.entries(journal.state.objects)
          .filter(([, { kind }]) => kind !== "Node")
          .map(([key, object]) => [key, shown(object)]),
      );
      // New objects whole, of the others what is another: null is a field that is gone.
      const changed = diffPatch(before, now) ?? {};
      before = now;
      const options = { lineWidth: -1, noRefs: true };
      const text = dump({ at: `${clock.nowUs / SECOND}s`, changed }, options);
      parts.push(`# ${when}\n${names.plain(text)}`);
    };
    clock.runUntil(0);
    show("as it is made");
    clock.runUntil(5 * SECOND);
    show("after 5 seconds");
    until(world, "True");
    show("when it is Ready");
    const node = busyNode(world);
    fleet.nodeLife.lose(node);
    until(world, "False");
    show("when the loss of a node is known");
    clock.runUntil(clock.nowUs + 20 * MINUTE);
    show("twenty minutes later");
    assertGolden(`fleet/${shape}.out.yaml`, parts.join("---\n"));
  });
}
