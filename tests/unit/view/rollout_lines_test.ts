import assert from "node:assert/strict";
import { DEFAULTS } from "../../../src/cli/settings.ts";
import type { Fact } from "../../../src/fleet/events.ts";
import { findColumn } from "../../../src/view/columns.ts";
import { fleetJson } from "../../../src/view/fleet_json.ts";
import { namespaceOf } from "../../../src/view/fleet_table.ts";
import { frame, type FrameOptions, type FrameView, plainTable } from "../../../src/view/frame.ts";
import { rolloutRows } from "../../../src/view/rollout_rows.ts";
import { cells } from "../../../src/view/spans.ts";
import { PLAIN } from "../../../src/view/theme.ts";
import { assertGolden } from "../../golden/golden.ts";
import { applied, NOW, SECOND, service, started, stateOf } from "./sample_fleet.ts";

function step(name: string, fields: Partial<Fact<"step">> = {}): Fact<"step"> {
  return {
    ...{ kind: "step", rollout: `${name} roll`, service: name, step: 1, steps: 4 },
    ...{ about: "pause 5m", phase: "Paused", aborted: false, message: "" },
    ...fields,
  };
}

const phase = (
  analysis: string,
  phase: Fact<"phase">["phase"],
): Fact<"phase"> => ({ kind: "phase", analysis, phase, message: "" });

const weight = (name: string, canary: number): Fact<"weight"> => ({
  ...{ kind: "weight", service: name, eligible: ["stable", "canary"] },
  weights: { stable: 100 - canary, canary },
});

const NAMES = ["chat", "code", "docs", "mail", "search"];
const at = (second: number, fact: Fact) => [second * SECOND, fact] as const;

/** Five services, each with a rollout: done, aborted, in a pause, in an update in place, held. */
const FLEET = stateOf([
  at(0, started({})),
  ...NAMES.map((name) =>
    at(0, applied(service(name, { ready: "True", readyReplicas: 1, namespace: `of-${name}` })))
  ),
  ...NAMES.map((name) =>
    at(0, {
      ...{ kind: "scale", service: name, revision: "stable", replicas: 1, by: "spec" },
      member: `of-${name}/${name}`,
    })
  ),
  ...["chat", "code", "docs", "search"].map((name) => at(0, weight(name, 0))),
  at(10, step("chat", { phase: "Healthy", step: 3, about: "setWeight 100" })),
  at(11, weight("chat", 100)),
  at(20, step("code")),
  at(21, phase("code roll/guard", "Running")),
  at(30, phase("code roll/guard", "Failed")),
  at(31, phase("code roll/later", "Successful")),
  at(
    32,
    step("code", {
      ...{ phase: "Degraded", aborted: true },
      message: "RolloutAborted: Rollout aborted update to revision canary: guard failed",
    }),
  ),
  at(40, weight("docs", 25)),
  at(41, step("docs")),
  at(42, phase("docs roll/0", "Successful")),
  at(43, phase("docs roll/guard", "Running")),
  at(
    50,
    step("mail", {
      ...{ strategy: "rolling", step: 0, steps: 1, about: "rolling to image x:2" },
      ...{ phase: "Progressing", message: "1 out of 4 new replicas have been updated..." },
    }),
  ),
  at(60, step("search", { message: "InconclusiveAnalysisRun" })),
  at(61, phase("search roll/2", "Inconclusive")),
]);

const VIEW: FrameView = {
  sort: { column: findColumn("name")!, descending: false },
  ...{ scroll: 0, speed: 60, paused: false, ended: false },
  hints: [{ keys: "q", about: "quit" }, { keys: "p", about: "promote" }],
};

const OPTIONS: FrameOptions = {
  ...{ width: 80, height: 24, theme: PLAIN, label: "mock", more: true, rows: {} },
  columns: DEFAULTS.columns.map((head) => findColumn(head)!),
  thresholds: DEFAULTS.thresholds,
};

function shown(view: Partial<FrameView> = {}, options: Partial<FrameOptions> = {}) {
  return frame(FLEET, NOW, { ...VIEW, ...view }, { ...OPTIONS, ...options });
}

Deno.test("rolloutRows() has those under way first, with their weights and what their analyses say", () => {
  const rows = rolloutRows(FLEET).map(({ service, weight, analyses }) => [
    service,
    weight,
    analyses.map(({ name, phase }) => `${name} ${phase}`).join(),
  ]);
  assert.deepEqual(rows, [
    ["code", 0, "guard Failed"],
    ["docs", 25, "guard Running"],
    ["mail", undefined, ""],
    ["search", 0, "step 2 Inconclusive"],
    ["chat", 100, ""],
  ]);
});

Deno.test("rolloutRows() leaves out those of services that are not shown", () => {
  const keep = (object: Parameters<typeof namespaceOf>[0]) => namespaceOf(object) === "of-mail";
  assert.deepEqual(rolloutRows(FLEET, { keep }).map(({ service }) => service), ["mail"]);
});

for (const width of [40, 80]) {
  Deno.test(`frame() of rollouts at ${width} columns is the picture that was found right`, () => {
    const { lines } = shown({ notice: "Cannot resume the rollout: nobody paused it" }, { width });
    assertGolden(`top-rollouts-${width}.txt`, lines.join("\n") + "\n");
  });
}

Deno.test("frame() marks the first rollout under way, or the one that was chosen, and shows it", () => {
  const marked = (view: Partial<FrameView>) =>
    shown(view).lines.find((text) => text.startsWith("▸"))!.split(/ +/)[1];
  assert.equal(marked({}), "code");
  const { lines } = shown({ rollout: "chat roll" }, { width: 120 });
  assert.ok(lines.some((text) => /^▸ chat +canary +✔ Healthy +4\/4 \(setWeight 100\)/.test(text)));
  assert.ok(lines.some((text) => text.startsWith("ROLLOUT 3-5 of 5 ")));
  assert.equal(marked({ rollout: "nobody's" }), "code");
});

Deno.test("frame() of few lines has one line for rollouts and keeps the sentence, at every size", () => {
  const notice = "Cannot resume the rollout: nobody paused it";
  const { lines } = shown({ notice }, { height: 9 });
  assert.equal(lines.filter((text) => /canary|rolling/.test(text)).length, 1);
  assert.ok(lines.includes(notice));
  for (let width = 1; width <= 160; width += 9) {
    for (let height = 1; height <= 30; height++) {
      const { lines } = shown({ notice, rollout: "docs roll" }, { width, height });
      assert.equal(lines.length, height);
      for (const text of lines) assert.ok(cells(text) <= width, text);
      const place = lines.findIndex((text) => text.startsWith("NAME"));
      if (width > 60 && height > 3) {
        assert.match(lines[place + 1]!, /^(of-chat +)?chat /, `${height}`);
      }
    }
  }
});

Deno.test("frame() asks its question in the last line", () => {
  const { lines } = shown({ question: "Abort the rollout of code?" });
  assert.match(lines.at(-1)!, /^Abort the rollout of code\? {2}q quit/);
});

Deno.test("frame() shows every key that answers its question, on as many lines as they take", () => {
  const hints = [
    ...Array.from({ length: 9 }, (_, place) => ({
      keys: `${place + 1}`,
      about: `xid79-of-the-canary-${place + 1}`,
    })),
    { keys: "n", about: "no" },
  ];
  for (const width of [40, 60, 80, 120]) {
    for (let height = 12; height <= 30; height++) {
      const { lines } = shown({ question: "Begin which fault?", hints }, { width, height });
      assert.equal(lines.length, height);
      const foot = lines.slice(lines.findIndex((text) => text.startsWith("Begin which fault?")));
      for (const { keys, about } of hints) {
        assert.match(foot.join("  "), RegExp(`${keys} ${about}`));
      }
      for (const text of lines) assert.ok(cells(text) <= width, text);
    }
  }
  const question = "Promote in full the rollout of code-of-a-long-name?";
  const yesOrNo = [{ keys: "y", about: "yes" }, { keys: "n", about: "no" }];
  for (let height = 4; height <= 12; height++) {
    const { lines } = shown({ question, hints: yesOrNo }, { width: 40, height });
    assert.equal(lines.length, height);
    assert.equal(lines.at(-1), "y yes  n no", `${height}`);
  }
  for (let height = 1; height <= 3; height++) {
    assert.equal(shown({ question, hints }, { width: 20, height }).lines.length, height);
  }
});

Deno.test("plainTable() has the rollouts below the services, apart from them", () => {
  const lines = plainTable(FLEET, NOW, VIEW.sort, {
    ...OPTIONS,
    width: undefined,
    decorated: false,
  });
  assertGolden("top-rollouts-pipe.txt", lines.join("\n") + "\n");
});

Deno.test("fleetJson() has a rollout's step, weight and analyses as data", () => {
  const { rollouts } = fleetJson([], rolloutRows(FLEET), NOW);
  assert.deepEqual(rollouts[1], {
    ...{ rollout: "docs roll", service: "docs", strategy: "canary", phase: "Paused" },
    ...{ step: 1, steps: 4, about: "pause 5m", weight: 25, message: "" },
    analyses: [{ name: "guard", phase: "Running" }],
  });
  assert.equal(rollouts[2]!.weight, null);
});
