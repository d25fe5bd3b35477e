// `mtop run --from LOG --at TIME`: another future of a recorded run, whose past is the recorded one.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { zstdCompressSync } from "node:zlib";
import { RunHash } from "../../src/log/hash.ts";
import { inTempDir, mtop, smallScenario } from "./program.ts";

/** A directory with `small.ts` and its log, `parent.jsonl`; calls `mtop` there. */
function withParent(
  test: (
    mtopHere: (...args: string[]) => ReturnType<typeof mtop>,
    dir: string,
  ) => Promise<void>,
  ...recorded: string[]
): () => Promise<void> {
  return () =>
    inTempDir(async (dir) => {
      const here = (...args: string[]) => mtop(args, { cwd: dir });
      await Deno.writeTextFile(`${dir}/small.ts`, smallScenario());
      const { code, stderr } = await here(
        ...["run", "small.ts", "-q", "--record", "parent.jsonl", ...recorded],
      );
      assert.equal(code, 0, stderr);
      await test(here, dir);
    });
}

function linesOf(path: string): string[] {
  return Deno.readTextFileSync(path).trimEnd().split("\n");
}

const before = (atUs: number) => (line: string) => JSON.parse(line).at < atUs;

Deno.test(
  "mtop run --from branches: its log is the parent's to the byte up to then, names it and verifies",
  withParent(async (here, dir) => {
    const set = ["--set", "load.chat.rps=12", "--set", "services[0].spec.replicas=2"];
    const fork = await here(
      ...["run", "--from", "parent.jsonl", "--at", "1m", ...set, "--record", "fork.jsonl"],
    );
    assert.equal(fork.code, 0, fork.stderr);
    assert.match(fork.stderr, /^the past up to 1m00s is that of "parent\.jsonl", \d+ events\n/);
    const [parent, branch] = [linesOf(`${dir}/parent.jsonl`), linesOf(`${dir}/fork.jsonl`)];
    const past = parent.slice(2, -1).filter(before(60_000_000));
    assert.deepEqual(branch.slice(2, -1).filter(before(60_000_000)), past);
    assert.ok(past.length > 50);
    assert.notDeepEqual(branch.slice(2), parent.slice(2));
    const last = JSON.parse(past.at(-1)!);
    const { name, at, seq, identity } = JSON.parse(branch[0]!).parent;
    assert.deepEqual([name, at, seq], ["parent.jsonl", last.at, last.seq]);
    assert.match(identity, /^[0-9a-f]{64}$/);
    const verified = await here("verify", "fork.jsonl");
    assert.equal(verified.code, 0);
    assert.match(
      verified.stderr,
      /^note: it is a branch of "parent\.jsonl" after its event \d+ at 59s\n/,
    );
    assert.equal((await here("report", "fork.jsonl")).code, 0);
    assert.match(
      await Deno.readTextFile(`${dir}/fork.html`),
      />A branch of parent\.jsonl, whose past it has up to 59s\.</,
    );
    const { code, stdout } = await here("diff", "parent.jsonl", "fork.jsonl");
    assert.equal(code, 1);
    assert.match(stdout, /first difference: event \d+ at 1m0[01]s/);
  }),
);

Deno.test(
  "mtop run --from changes pods, objectives and nodes at the instant, tells so, and verifies",
  () =>
    inTempDir(async (dir) => {
      const here = (...args: string[]) => mtop(args, { cwd: dir });
      const slo = '{ "llama-3-70b": { e2e: { p95: "9s" } } }';
      await Deno.writeTextFile(`${dir}/judged.ts`, smallScenario({ slo, duration: '"6m"' }));
      assert.equal((await here("run", "judged.ts", "-q", "--record", "parent.jsonl")).code, 0);
      const { code, stdout, stderr } = await here(
        ...["run", "--from", "parent.jsonl", "--at", "1m", "--record", "fork.jsonl"],
        ...["--set", "services[0].spec.template.containers[0].image=vllm/vllm-openai:v0.15.1"],
        ...["--set", "slo.llama-3-70b.e2e.p95=10ms", "--set", "cluster.nodes[0].count=2"],
      );
      assert.equal(code, 0, stderr);
      assert.match(stderr, /\nwhat ended before 1m00s is good or not by the objectives of then/);
      assert.match(
        stdout,
        /somebody changes llama-3-70b: image .*v0\.15\.1, objectives e2e p95 10ms\n/,
      );
      const [head, ...events] = linesOf(`${dir}/fork.jsonl`).map((line) => JSON.parse(line));
      assert.equal(head.scenario.cluster.nodes[1].joins, "1m");
      const good = { before: 0, after: 0 };
      for (const { kind, at, measured } of events) {
        if (kind !== "window" || !measured) continue;
        good[at <= 60_000_000 ? "before" : "after"] += measured.requests.good;
      }
      assert.ok(good.before > 100, `${good.before}`);
      assert.equal(good.after, 0);
      const joined = events.find(({ kind, object }) =>
        kind === "object.applied" && object?.metadata?.name === "node-2"
      );
      assert.equal(joined.at, 60_000_000);
      const images = events.filter(({ kind, object }) =>
        kind === "object.applied" && object?.kind === "Pod"
      ).map(({ object }) => object.spec.containers[0].image);
      assert.ok(images.includes("vllm/vllm-openai:v0.15.1"), images.join(" "));
      assert.equal((await here("verify", "fork.jsonl")).code, 0);
    }),
);

Deno.test(
  "mtop run --from branches from a branch, and from a compressed log that died after the instant",
  withParent(async (here, dir) => {
    const cut = linesOf(`${dir}/parent.jsonl`).slice(0, -3).join("\n") + "\n";
    await Deno.writeTextFile(`${dir}/died.jsonl`, cut);
    const first = await here(
      ...["run", "--from", "died.jsonl", "--at", "1m", "--set", "load.chat.rps=12", "-q"],
      ...["--record", "first.jsonl.zst"],
    );
    assert.equal(first.code, 0, first.stderr);
    const second = await here(
      ...["run", "--from", "first.jsonl.zst", "--at", "1m30s", "--set", "load[1].rps=1"],
      ...["--record", "second.jsonl", "-q"],
    );
    assert.equal(second.code, 0, second.stderr);
    const { load } = JSON.parse(linesOf(`${dir}/second.jsonl`)[0]!).scenario;
    const rows = load.map(({ name, rps, end }: Record<string, unknown>) => [name, rps, end]);
    assert.deepEqual(rows, [
      ["chat", 4, "1m"],
      ["chat-from-1m", 12, "1m30s"],
      ["chat-from-1m30s", 1, undefined],
    ]);
    assert.equal((await here("verify", "second.jsonl")).code, 0);
  }),
);

Deno.test(
  "mtop run --from takes the changed scenario from a file, and tells requests as its parent does",
  withParent(async (here, dir) => {
    await Deno.writeTextFile(
      `${dir}/other.ts`,
      smallScenario({
        load:
          '[poisson("chat", { to: "llama-3-70b", rps: 8, prompt: fixed(200), output: fixed(20) })]',
      }),
    );
    const { code, stderr } = await here(
      ...["run", "other.ts", "--from", "parent.jsonl", "--at", "1m", "--record", "fork.jsonl"],
    );
    assert.equal(code, 0, stderr);
    const requests = (file: string) =>
      linesOf(`${dir}/${file}`).filter((line) => line.includes('"kind":"request"'));
    const past = requests("parent.jsonl").filter(before(60_000_000));
    assert.ok(past.length > 100);
    assert.deepEqual(requests("fork.jsonl").filter(before(60_000_000)), past);
    assert.ok(requests("fork.jsonl").length > 1.2 * requests("parent.jsonl").length);
  }, "--record-requests"),
);

Deno.test(
  "mtop run --from refuses in a sentence what would alter the past, and what is no branch",
  withParent(async (here, dir) => {
    const refused = async (words: RegExp, ...args: string[]) => {
      const { code, stdout, stderr } = await here("run", ...args);
      assert.deepEqual([code, stdout], [1, ""], stderr);
      assert.match(stderr, words);
      assert.equal(stderr.trimEnd().split("\n").length, 1);
    };
    const from = ["--from", "parent.jsonl", "--at", "1m"];
    await refused(
      /^error: Cannot branch at 1m00s: the change alters the past: event \d+ at 0s, object\.applied of .*labels\.team would be "x"/,
      ...from,
      ...["--set", "services[0].metadata.labels.team=x"],
    );
    await refused(
      /alters the past: event \d+ at 1s, window of llama-3-70b stable: measured would be absent/,
      ...from,
      ...["--set", "warmup=30s"],
    );
    await refused(
      /^error: Cannot take nodes away at 1m .*"name":"node-1"/,
      ...from,
      ...["--set", "cluster.nodes=[]"],
    );
    await refused(
      /requests until then were not judged/,
      ...from,
      "--set",
      "slo.llama-3-70b.e2e.p95=1s",
    );
    const xid = '{"kind":"gpu-xid","xid":79,"name":"x","when":"30s",' +
      '"on":{"kind":"pods","service":"llama-3-70b","mode":"first"}}';
    await refused(
      /alters the past: event \d+ would be fault of x at 30s and not /,
      ...from,
      "--set",
      `faults=[${xid}]`,
    );
    await refused(/"parent\.jsonl" ends at 2m00s/, "--from", "parent.jsonl", "--at", "3m");
    await refused(/add --at 12m30s/, "--from", "parent.jsonl");
    await refused(/add --from run\.jsonl/, "small.ts", "--at", "1m");
    await refused(/another seed: the past has 1/, ...from, "--seed", "2");
    await refused(/another seed/, ...from, "--set", "seed=2");
    await refused(/Cannot record over "parent\.jsonl"/, ...from, "--record", "./parent.jsonl");
    await refused(
      /Cannot record requests of a branch/,
      ...from,
      "--record-requests",
      "-o",
      "ndjson",
    );
    await refused(/Cannot calibrate a branch/, ...from, "--calibration", "x.json");
    await refused(/no such file/, "--from", "nowhere.jsonl", "--at", "1m");
    assert.ok(linesOf(`${dir}/parent.jsonl`).length > 100, "the parent is as it was");
  }),
);

Deno.test(
  "mtop run --from tells a parent that another engine ran from a change of the past",
  withParent(async (here, dir) => {
    // As if an engine before this one had completed one request more.
    const lines = linesOf(`${dir}/parent.jsonl`);
    const index = lines.findIndex((line) => line.includes('"kind":"window"'));
    const event = JSON.parse(lines[index]!);
    event.measured.requests.arrived += 1;
    lines[index] = JSON.stringify(event);
    const hash = new RunHash();
    for (const line of lines.slice(1, -1)) hash.add(line);
    lines[lines.length - 1] = JSON.stringify({ events: hash.events, hash: hash.digest() });
    await Deno.writeTextFile(`${dir}/old.jsonl`, lines.join("\n") + "\n");
    const { code, stderr } = await here(
      ...["run", "--from", "old.jsonl", "--at", "1m", "--set", "load.chat.rps=12"],
    );
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: Cannot branch from "old\.jsonl": it is of another engine, .*requests\.arrived would be .*; record it anew\n$/,
    );
  }),
);

Deno.test(
  "mtop run --from tells how to branch once more where an expectation fails",
  withParent(async (here, dir) => {
    const expect =
      'expect=[{"kind":"metric","metric":"errorRate","comparison":"above","threshold":"1%"}]';
    const args = ["run", "--from", "parent.jsonl", "--at", "1m", "--set", expect];
    const { code, stdout } = await here(...args, "--junit", "out.xml");
    assert.equal(code, 99);
    assert.match(stdout, /✗ errorRate above 1%/);
    const again = /once more: mtop (run --from parent\.jsonl --at 1m --set '.*' --seed 1)</
      .exec(await Deno.readTextFile(`${dir}/out.xml`));
    assert.ok(again, "the reproduce line is in the report");
  }),
);

/** The text in two frames of zstd, cut within a line, and between them one that holds nothing. */
function inFrames(text: Uint8Array): Uint8Array {
  const half = text.length >> 1;
  const skippable = new Uint8Array([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  return Buffer.concat([
    zstdCompressSync(text.subarray(0, half)),
    skippable,
    zstdCompressSync(text.subarray(half)),
  ]);
}

Deno.test(
  "mtop run --from reads a compressed log of which a frame ends no line",
  withParent(async (here, dir) => {
    Deno.writeFileSync(`${dir}/packed.zst`, inFrames(Deno.readFileSync(`${dir}/parent.jsonl`)));
    const [plain, packed] = await Promise.all(
      ["parent.jsonl", "packed.zst"].map((log) =>
        here("run", "--from", log, "--at", "100s", "--set", "load.chat.rps=12", "-o", "json")
      ),
    );
    assert.equal(packed!.code, 0, packed!.stderr);
    assert.equal(JSON.parse(packed!.stdout).logHash, JSON.parse(plain!.stdout).logHash);
  }),
);

Deno.test(
  "mtop run --from refuses an instant before which there is nothing",
  withParent(async (here) => {
    const args = ["run", "--from", "parent.jsonl", "--at", "0s", "--set", "load.chat.rps=12"];
    assert.deepEqual(await here(...args), {
      code: 1,
      stdout: "",
      stderr: "error: Cannot branch at 0s: there is no past yet; run the scenario with --set\n",
    });
  }),
);
