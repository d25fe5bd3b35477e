// Which charts there are: what each draws of a revision's columns, in which unit, and how.

import { formatPpm, formatRate, formatUs, formatUsd, UNKNOWN } from "../../../view/format.ts";

const percentiles = (name) => [
  { column: `${name}50`, label: "p50", style: "faint" },
  { column: `${name}95`, label: "p95", style: "plain" },
  { column: `${name}99`, label: "p99", style: "dashed" },
];
const one = (column) => [{ column, label: "", style: "plain" }];
const count = (value) => value === undefined ? UNKNOWN : String(Math.round(value * 10) / 10);

/** `least` is the top of a scale on which nothing happens; of what is `whole` there is no half. */
export const CHARTS = [
  {
    id: "rps",
    title: "Requests",
    unit: "per second",
    lines: one("rps"),
    text: formatRate,
    least: 1,
  },
  {
    ...{ id: "tokens", title: "Output tokens", unit: "per second" },
    ...{ lines: one("tokens"), text: formatRate, least: 1 },
  },
  latency("ttft", "Time to first token"),
  latency("itl", "Inter-token latency"),
  latency("tpot", "Time per output token"),
  latency("e2e", "End-to-end latency"),
  { id: "errors", title: "Error rate", unit: "of those that ended", ...share("errors", 10_000) },
  {
    ...{ id: "goodput", title: "Goodput", unit: "met every SLO", ...share("goodput", 1e6) },
    most: 1e6,
  },
  {
    ...{ id: "budget", title: "Error budget spent", unit: "of its window's" },
    ...share("spent", 1_050_000),
    limits: [1e6],
  },
  {
    ...{
      id: "queue",
      title: "Requests in the servers",
      unit: "sum of pods",
      text: count,
      least: 1,
    },
    lines: [
      { column: "running", label: "running", style: "plain" },
      { column: "waiting", label: "waiting", style: "dashed" },
    ],
  },
  { id: "kv", title: "KV cache in use", unit: "mean of pods", ...share("kv", 50_000) },
  {
    ...{
      id: "replicas",
      title: "Replicas",
      unit: "of its workloads",
      text: count,
      least: 1,
      stepped: true,
      whole: true,
    },
    lines: [
      { column: "ready", label: "ready", style: "plain" },
      { column: "wanted", label: "wanted", style: "dashed" },
    ],
  },
  {
    ...{ id: "weight", title: "Route weight", unit: "", lines: one("weight"), text: count },
    ...{ least: 100, stepped: true, whole: true },
  },
  {
    ...{ id: "gpus", title: "GPU-hours", unit: "since the warm-up", lines: one("gpuHours") },
    ...{ text: formatRate, least: 0.1 },
  },
  {
    ...{ id: "cost", title: "Cost", unit: "since the warm-up", lines: one("costUsd") },
    ...{ text: formatUsd, least: 0.1 },
  },
];

function latency(name, title) {
  const lines = percentiles(name);
  return {
    id: name,
    title,
    unit: "by percentile",
    lines,
    text: formatUs,
    least: 1000,
    whole: true,
  };
}

function share(column, least) {
  return { lines: one(column), text: formatPpm, least };
}
