// 200 ways to spoil a scenario of the library: each is told by its field, ends with 104, and runs nothing.
import assert from "node:assert/strict";
import type { Console } from "../../src/cli/console.ts";
import { runScenario } from "../../src/cli/run.ts";
import { pathText } from "../../src/scenario/problem.ts";
import { parseDuration } from "../../src/sim/duration.ts";
import fc from "../fast_check.ts";
import { fromFileUrl } from "./root.ts";

type Path = readonly (string | number)[];
type Data = Readonly<Record<string, unknown>>;

const MUTATIONS = 200;
/** What is a manifest or anybody's own data: their words are not the scenario's. */
const FOREIGN = new Set(["services", "configs", "calibrations", "policies", "options", "requests"]);

const library = await Promise.all(
  [...Deno.readDirSync(fromFileUrl("scenarios"))].filter(({ name }) => name.endsWith(".ts"))
    .map(({ name }) => name).sort()
    .map(async (name) => {
      const { default: data } = await import(`../../scenarios/${name}`);
      return { name, data: data as Data };
    }),
);

/** A mutation of a value in place; where the problem must be told; undefined: not for such a value. */
interface Mutation {
  readonly name: string;
  change(value: unknown): { readonly to: unknown; readonly at?: string } | undefined;
}

const MUTATIONS_OF: readonly Mutation[] = [
  {
    name: "a word that nobody knows",
    change: (value) =>
      isRecord(value) ? { to: { ...value, zzUnknown: true }, at: "zzUnknown" } : undefined,
  },
  {
    name: "a value of another type",
    change: (value) => {
      if (Array.isArray(value)) return { to: "text" };
      if (isRecord(value)) return { to: 42 };
      return { to: { nonsense: true } };
    },
  },
  {
    name: "a unit that nobody knows",
    change: (value) =>
      typeof value === "string" && parseDuration(value) !== undefined
        ? { to: `${value}parsecs` }
        : undefined,
  },
  {
    name: "no number",
    change: (value) => typeof value === "number" ? { to: Number.NaN } : undefined,
  },
  {
    name: "a kind that nobody knows",
    change: (value) =>
      isRecord(value) && typeof value["kind"] === "string"
        ? { to: { ...value, kind: "zz" }, at: "kind" }
        : undefined,
  },
];

function isRecord(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** All places within the scenario's own words. */
function places(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, each]) => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    return FOREIGN.has(key) ? [at] : places(each, at);
  });
  return [path, ...inner];
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Data)[key as string], data);
}

function withValue(data: unknown, path: Path, to: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return to;
  const value = withValue((data as Data)[key as string], rest, to);
  if (Array.isArray(data)) return data.with(key as number, value);
  return { ...(data as Data), [key]: value };
}

interface Spoilt {
  readonly file: string;
  readonly data: unknown;
  readonly at: string;
  readonly what: string;
}

const spoilt: fc.Arbitrary<Spoilt> = fc.constantFrom(...library).chain(({ name, data }) => {
  const all = places(data).flatMap((path) =>
    MUTATIONS_OF.flatMap((mutation): Spoilt[] => {
      const changed = mutation.change(valueAt(data, path));
      // The whole scenario, of another type, is none.
      if (!changed || path.length === 0) return [];
      const at = changed.at === undefined ? path : [...path, changed.at];
      return [{
        file: name,
        data: withValue(data, path, changed.to),
        at: pathText(at),
        what: mutation.name,
      }];
    })
  );
  return fc.constantFrom(...all);
});

/** What a run writes; nothing must be left of a spoilt one but its problems. */
function recording(): Console & { readonly printed: { out: string; err: string } } {
  const printed = { out: "", err: "" };
  return {
    printed,
    out: (text) => {
      printed.out += text;
      return true;
    },
    err: (text) => void (printed.err += text),
    ...{ outIsTerminal: false, errIsTerminal: false, width: undefined },
  };
}

Deno.test(`each of ${MUTATIONS} spoilt scenarios ends with 104 and the field's path`, async () => {
  const stop = new AbortController().signal;
  await fc.assert(
    fc.asyncProperty(spoilt, async ({ file, data, at, what }) => {
      const console = recording();
      const options = { speed: Infinity, output: "text" } as const;
      const code = await runScenario(data, options, { console, stop, name: file });
      const { out, err } = console.printed;
      const told = `${what} at ${at} of ${file}: ${code}\n${out}${err}`;
      assert.equal(code, 104, told);
      assert.equal(out, "", told);
      assert.doesNotMatch(err, /\n {4}at |mtop failed/, told);
      const paths = err.trimEnd().split("\n").map((line) => line.split(": ")[1]!);
      assert.ok(paths.some((path) => path.startsWith(at) || at.startsWith(path)), told);
    }),
    { numRuns: MUTATIONS, endOnFailure: false },
  );
});
