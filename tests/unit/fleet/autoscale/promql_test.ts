import assert from "node:assert/strict";
import {
  longestRangeUs,
  matches,
  parseQuery,
  type Query,
  selectorsOf,
} from "../../../../src/fleet/autoscale/promql.ts";
import { evaluate, type Series } from "../../../../src/fleet/autoscale/promql_eval.ts";
import fc from "../../../fast_check.ts";

const SECOND = 1_000_000;

function query(text: string): Query {
  const parsed = parseQuery(text);
  if ("error" in parsed) assert.fail(parsed.error);
  return parsed.query;
}

/** Points every 15 s, the last at 60 s. */
function series(labels: Record<string, string>, values: readonly number[], current = true): Series {
  const points = values.map((value, index) => ({
    atUs: (60 - 15 * (values.length - 1 - index)) * SECOND,
    value,
  }));
  return { labels, points, current };
}

const DATA: Readonly<Record<string, readonly Series[]>> = {
  waiting: [
    series({ pod: "a", llm_isvc_name: "chat" }, [0, 9, 3]),
    series({ pod: "b", llm_isvc_name: "chat" }, [1, 2, 5]),
    series({ pod: "c", llm_isvc_name: "code" }, [4, 4, 4]),
    series({ pod: "gone", llm_isvc_name: "chat" }, [50], false),
  ],
  total: [series({ pod: "a" }, [100, 130, 160, 190, 220])],
};

function ask(text: string, nowSeconds = 60): Record<string, number> {
  const select = ({ metric, matchers }: { metric: string; matchers: never }) =>
    (DATA[metric] ?? []).filter(({ labels }) => matches(matchers, labels));
  const elements = evaluate(query(text), select as never, nowSeconds * SECOND);
  return Object.fromEntries(
    elements.map(({ labels, value }) => [Object.values(labels).join(" "), value]),
  );
}

const ASKED: readonly [string, Record<string, number>][] = [
  [`waiting{pod="a"}`, { "a chat": 3 }],
  [`waiting{llm_isvc_name!="chat"}`, { "c code": 4 }],
  [`waiting{pod=~"a|c"}`, { "a chat": 3, "c code": 4 }],
  [`waiting{pod!~"a.*|b"}`, { "c code": 4 }],
  [`waiting{nothing=""}`, { "a chat": 3, "b chat": 5, "c code": 4 }],
  [`{__name__="waiting",pod="b"}`, { "b chat": 5 }],
  ["sum(waiting)", { "": 12 }],
  [`avg(waiting{llm_isvc_name="chat"})`, { "": 4 }],
  [`max(waiting) - min(waiting)`, { "": 2 }],
  ["count(waiting)", { "": 3 }],
  ["sum by (llm_isvc_name) (waiting)", { chat: 8, code: 4 }],
  ["sum(waiting) by (llm_isvc_name)", { chat: 8, code: 4 }],
  // A pod that is gone is there in a range that reaches back to it.
  [`max(max_over_time(waiting{llm_isvc_name="chat"}[1m]))`, { "": 50 }],
  ["max_over_time(waiting{pod='a'}[20s])", { "a chat": 9 }],
  ["min_over_time(waiting{pod='a'}[1m])", { "a chat": 0 }],
  ["avg_over_time(waiting{pod='a'}[1m])", { "a chat": 4 }],
  ["avg(waiting) * 100 / 2 + 1", { "": 201 }],
  ["1 + 2 * 3 - 4 / 2", { "": 5 }],
  ["(1 + 2) * 3", { "": 9 }],
  ["sum(nothing) or vector(7)", { "": 7 }],
  ["sum(waiting) or vector(7)", { "": 12 }],
  ["waiting - waiting", { "a chat": 0, "b chat": 0, "c code": 0 }],
  ["rate(total[1m])", { a: 2 }],
  ["increase(total[1m])", { a: 120 }],
  ["rate(waiting{pod='gone'}[1m])", {}],
];

for (const [text, expected] of ASKED) {
  Deno.test(`evaluate() ${text}`, () => assert.deepEqual(ask(text), expected));
}

Deno.test("evaluate() takes a counter's fall for a restart", () => {
  const restarted = { restarted: [series({ pod: "a" }, [100, 130, 10, 40, 70])] };
  const elements = evaluate(
    query("increase(restarted[1m])"),
    () => restarted.restarted,
    60 * SECOND,
  );
  // 10 from 0 and 60 more within 45 s, stretched to the minute.
  assert.ok(Math.abs(elements[0]!.value - 70 * 60 / 45) < 1e-9);
});

const REFUSED: readonly [string, RegExp][] = [
  ["histogram_quantile(0.95, x)", /the function "histogram_quantile" is not simulated/],
  ["sum without (pod) (x)", /the function "sum" is not simulated/],
  ["topk(1, x)", /the function "topk" is not simulated/],
  ["x offset 5m", /"offset" is not simulated/],
  ["x[5m]", /"\[" is not simulated/],
  ["rate(x)", /"\)" stands where "\[" should/],
  ["sum(x", /it ends too early/],
  ["", /it ends too early/],
  ["x > 5", /"> 5" is not simulated/],
  [`x{pod=~"("}`, /"\(" is no regular expression/],
  ["{}", /a selector without a metric/],
  ["rate(x[banana])", /"banana" stands where a duration should/],
];

for (const [text, message] of REFUSED) {
  Deno.test(`parseQuery() names what of ${JSON.stringify(text)} is not simulated`, () => {
    const parsed = parseQuery(text);
    assert.match("error" in parsed ? parsed.error : "", message);
  });
}

Deno.test("parseQuery() never throws, whatever it reads", () => {
  const pieces = [
    "sum",
    "rate",
    "(",
    ")",
    "[5m]",
    "{",
    "}",
    "a",
    '"b"',
    "=",
    "=~",
    ",",
    "or",
    "1",
    "by",
  ];
  fc.assert(fc.property(fc.array(fc.constantFrom(...pieces)), (words) => {
    const parsed = parseQuery(words.join(" "));
    assert.ok("error" in parsed || parsed.query.kind !== undefined);
  }));
  fc.assert(fc.property(fc.string(), (text) => {
    parseQuery(text);
  }));
});

Deno.test("selectorsOf() and longestRangeUs() look into all of a query", () => {
  const all = query("sum(rate(a[5m])) / count(b) + max_over_time(c[90s]) or vector(d)");
  assert.deepEqual(selectorsOf(all).map(({ metric }) => metric), ["a", "b", "c", "d"]);
  assert.equal(longestRangeUs(all), 300 * SECOND);
});
