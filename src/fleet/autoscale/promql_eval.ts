// What a query says of series at an instant. Knows PromQL's rules, and not where series come from.

import type { Labels, Query, RANGE_FUNCTIONS, Selector } from "./promql.ts";

export interface Point {
  readonly atUs: number;
  readonly value: number;
}

/** A series of one metric, oldest point first; `current` is whether the last scrape still had it. */
export interface Series {
  readonly labels: Labels;
  readonly points: readonly Point[];
  readonly current: boolean;
}

export interface Element {
  readonly labels: Labels;
  readonly value: number;
}

/** The series that a selector selects. */
export type Select = (selector: Selector) => readonly Series[];

type Value = { readonly scalar: number } | { readonly vector: readonly Element[] };

/** The elements that a query gives; a scalar is one without labels. */
export function evaluate(query: Query, select: Select, nowUs: number): readonly Element[] {
  const value = valueOf(query, select, nowUs);
  return "scalar" in value ? [{ labels: {}, value: value.scalar }] : value.vector;
}

function valueOf(query: Query, select: Select, nowUs: number): Value {
  switch (query.kind) {
    case "number":
      return { scalar: query.value };
    case "vector":
      return { vector: evaluate(query.of, select, nowUs) };
    case "select":
      return {
        vector: select(query).flatMap(({ labels, points, current }) => {
          const last = points.at(-1);
          return last && current ? [{ labels, value: last.value }] : [];
        }),
      };
    case "range":
      return {
        vector: select(query.of).flatMap(({ labels, points }) => {
          const since = points.filter(({ atUs }) => atUs > nowUs - query.rangeUs);
          const value = overRange(query.function, since, query.rangeUs, nowUs);
          return value === undefined ? [] : [{ labels, value }];
        }),
      };
    case "aggregate":
      return { vector: aggregate(query, evaluate(query.of, select, nowUs)) };
    case "binary":
      return combine(
        query.operator,
        valueOf(query.left, select, nowUs),
        valueOf(query.right, select, nowUs),
      );
  }
}

function overRange(
  name: typeof RANGE_FUNCTIONS[number],
  points: readonly Point[],
  rangeUs: number,
  nowUs: number,
): number | undefined {
  if (points.length === 0) return undefined;
  const values = points.map(({ value }) => value);
  switch (name) {
    case "max_over_time":
      return Math.max(...values);
    case "min_over_time":
      return Math.min(...values);
    case "avg_over_time":
      return sum(values) / values.length;
    case "rate":
    case "increase": {
      const increase = extrapolated(points, rangeUs, nowUs);
      return increase === undefined || name === "increase"
        ? increase
        : increase / (rangeUs / 1_000_000);
    }
  }
}

/**
 * Prometheus' `extrapolatedRate`: the increase between the first and last point, a fall being a restart,
 * stretched to the range, but at its ends by no more than half of the mean gap when there is nothing near.
 */
function extrapolated(
  points: readonly Point[],
  rangeUs: number,
  nowUs: number,
): number | undefined {
  const [first, last] = [points[0]!, points.at(-1)!];
  if (points.length < 2) return undefined;
  let increase = last.value - first.value;
  for (let i = 1; i < points.length; i++) {
    if (points[i]!.value < points[i - 1]!.value) increase += points[i - 1]!.value;
  }
  const sampledUs = last.atUs - first.atUs;
  const gapUs = sampledUs / (points.length - 1);
  const near = (distanceUs: number) => distanceUs < gapUs * 1.1 ? distanceUs : gapUs / 2;
  let startUs = near(first.atUs - (nowUs - rangeUs));
  // A counter is not stretched back to below 0.
  if (increase > 0 && first.value >= 0) {
    startUs = Math.min(startUs, sampledUs * (first.value / increase));
  }
  return increase * ((sampledUs + startUs + near(nowUs - last.atUs)) / sampledUs);
}

function aggregate(
  { operation, by }: Extract<Query, { kind: "aggregate" }>,
  elements: readonly Element[],
): Element[] {
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const { labels, value } of elements) {
    const kept = Object.fromEntries(
      by.flatMap((label) => labels[label] === undefined ? [] : [[label, labels[label]]]),
    );
    const key = keyOf(kept);
    const group = groups.get(key) ?? { labels: kept, values: [] };
    groups.set(key, group);
    group.values.push(value);
  }
  return [...groups.values()].map(({ labels, values }) => ({
    labels,
    value: of(operation, values),
  }));
}

function of(operation: "sum" | "avg" | "max" | "min" | "count", values: readonly number[]): number {
  switch (operation) {
    case "sum":
      return sum(values);
    case "avg":
      return sum(values) / values.length;
    case "max":
      return Math.max(...values);
    case "min":
      return Math.min(...values);
    case "count":
      return values.length;
  }
}

function combine(operator: "+" | "-" | "*" | "/" | "or", left: Value, right: Value): Value {
  if (operator === "or") return { vector: either(elementsOf(left), elementsOf(right)) };
  const calculate = (a: number, b: number) =>
    operator === "+" ? a + b : operator === "-" ? a - b : operator === "*" ? a * b : a / b;
  if ("scalar" in left && "scalar" in right) {
    return { scalar: calculate(left.scalar, right.scalar) };
  }
  if ("scalar" in right) {
    return { vector: each(elementsOf(left), (value) => calculate(value, right.scalar)) };
  }
  if ("scalar" in left) {
    return { vector: each(right.vector, (value) => calculate(left.scalar, value)) };
  }
  const partners = new Map(right.vector.map((element) => [keyOf(element.labels), element]));
  return {
    vector: left.vector.flatMap(({ labels, value }) => {
      const partner = partners.get(keyOf(labels));
      return partner ? [{ labels, value: calculate(value, partner.value) }] : [];
    }),
  };
}

function either(left: readonly Element[], right: readonly Element[]): Element[] {
  const known = new Set(left.map(({ labels }) => keyOf(labels)));
  return [...left, ...right.filter(({ labels }) => !known.has(keyOf(labels)))];
}

function each(elements: readonly Element[], change: (value: number) => number): Element[] {
  return elements.map(({ labels, value }) => ({ labels, value: change(value) }));
}

function elementsOf(value: Value): readonly Element[] {
  return "scalar" in value ? [{ labels: {}, value: value.scalar }] : value.vector;
}

function keyOf(labels: Labels): string {
  return Object.keys(labels).sort().map((label) => `${label}=${labels[label]}`).join(",");
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
