// Prometheus as autoscalers see it: what it scraped last, and for how far back they ask. Decides nothing.

import { type Clock, type EventHandle, PRIORITY } from "../../sim/clock.ts";
import type { Stream } from "../../sim/streams.ts";
import { MetricsTrouble } from "../trouble.ts";
import {
  type Labels,
  longestRangeUs,
  type Matcher,
  matches,
  parseQuery,
  type Query,
  type Selector,
  selectorsOf,
} from "./promql.ts";
import { type Element, evaluate, type Point, type Series } from "./promql_eval.ts";
import { type MemberSample, metricOf, type PodSample } from "./scraped_metrics.ts";

/** Prometheus operator's default where a PodMonitor says nothing, as KServe's does not. */
export const SCRAPE_US = 30_000_000;
/** Of the autoscaler's own metrics (its chart's ServiceMonitor). */
export const VARIANT_SCRAPE_US = 10_000_000;

/** `--query.lookback-delta`: an instant query finds no sample that is older. */
const LOOKBACK_US = 300_000_000;

/** What nobody asks for of a member is not counted. */
const UNASKED: MemberSample = {
  queued: undefined,
  inFlight: 0,
  readyEndpoints: 0,
  arrived: 0,
  completed: 0,
  picker: false,
};

/** A member whose pods and endpoint picker are scraped. */
export interface Scraped {
  readonly labels: Labels;
  pods(): PodSample[];
  member(): MemberSample;
}

interface Scrape {
  readonly atUs: number;
  readonly pods: readonly PodSample[];
  readonly member: MemberSample;
}

interface Watched {
  readonly scraped: Scraped;
  /** Oldest first. */
  scrapes: Scrape[];
  timer: EventHandle | undefined;
}

/** What an autoscaler says of a variant, and since when. */
interface Published {
  readonly labels: Labels;
  /** By metric; the last values, oldest first. */
  readonly values: Map<string, Point[]>;
}

export class Prometheus {
  readonly #clock: Clock;
  readonly #stream: (of: string) => Stream;
  readonly #trouble: MetricsTrouble;
  readonly #watched = new Map<Scraped, Watched>();
  /** Those watched by the name of their member, by which most queries ask. */
  readonly #byName = new Map<string, Watched[]>();
  /** By namespace and variant. */
  readonly #published = new Map<string, Published>();
  readonly #selectors: Selector[] = [];
  readonly #variantPhaseUs: number;
  #keptUs = 0;
  #asksMembers = false;

  /** `stream` is the one from which is drawn when in its interval something is scraped. */
  constructor(
    clock: Clock,
    stream: (of: string) => Stream,
    trouble: MetricsTrouble = new MetricsTrouble(),
  ) {
    this.#clock = clock;
    this.#trouble = trouble;
    this.#stream = stream;
    this.#variantPhaseUs = stream("variants").integer(0, VARIANT_SCRAPE_US - 1);
  }

  /** No query is answered. */
  get isDown(): boolean {
    return this.#trouble.down > 0;
  }

  /** Samples from after it are not there yet. */
  get #visibleUs(): number {
    return this.#trouble.visibleUs(this.#clock.nowUs);
  }

  #isTooOld(atUs: number): boolean {
    return this.#clock.nowUs - atUs > LOOKBACK_US;
  }

  /** Those that have come through. */
  #scrapesOf({ scrapes }: Watched): readonly Scrape[] {
    const untilUs = this.#visibleUs;
    return scrapes.at(-1)!.atUs <= untilUs
      ? scrapes
      : scrapes.filter(({ atUs }) => atUs <= untilUs);
  }

  /** A query that will be asked, or what of it is not simulated. */
  prepare(text: string): { readonly query: Query } | { readonly error: string } {
    const parsed = parseQuery(text);
    if ("error" in parsed) return parsed;
    const selectors = selectorsOf(parsed.query);
    const unknown = selectors.find(({ metric }) => metricOf(metric) === undefined);
    if (unknown) return { error: `the metric "${unknown.metric}" is not simulated` };
    this.#selectors.push(...selectors);
    this.#asksMembers ||= selectors.some(({ metric }) => metricOf(metric)?.of === "member");
    this.keep(longestRangeUs(parsed.query));
    return parsed;
  }

  /** Somebody asks for so far back. */
  keep(rangeUs: number): void {
    this.#keptUs = Math.max(this.#keptUs, rangeUs);
  }

  /** Whether a query that was prepared may select anything of a member with these labels. */
  isAskedFor(labels: Labels): boolean {
    return this.#selectors.some(({ metric, matchers }) => {
      const source = metricOf(metric);
      if (source?.of === "variant") return false;
      // Labels that a member does not have are those of its pods, which come and go.
      return matches(matchers.filter(({ label }) => labels[label] !== undefined), labels);
    });
  }

  /** Scrapes a member from now on. */
  watch(scraped: Scraped): void {
    if (this.#watched.has(scraped)) return;
    const watched: Watched = { scraped, scrapes: [], timer: undefined };
    this.#watched.set(scraped, watched);
    const { namespace, llm_isvc_name: name = "" } = scraped.labels;
    this.#byName.set(name, [...this.#byName.get(name) ?? [], watched]);
    this.#scrape(watched);
    const phaseUs = this.#stream(`${namespace}/${name}`).integer(1, SCRAPE_US);
    watched.timer = this.#clock.after(phaseUs, () => this.#again(watched), PRIORITY.controller);
  }

  unwatch(scraped: Scraped): void {
    const watched = this.#watched.get(scraped);
    if (watched?.timer !== undefined) this.#clock.cancel(watched.timer);
    this.#watched.delete(scraped);
    const { llm_isvc_name: name = "" } = scraped.labels;
    this.#byName.set(name, (this.#byName.get(name) ?? []).filter((each) => each !== watched));
  }

  #again(watched: Watched): void {
    this.#scrape(watched);
    watched.timer = this.#clock.after(SCRAPE_US, () => this.#again(watched), PRIORITY.controller);
  }

  #scrape(watched: Watched): void {
    const { nowUs: atUs } = this.#clock;
    const { scraped, scrapes } = watched;
    const member = this.#asksMembers ? scraped.member() : UNASKED;
    scrapes.push({ atUs, pods: scraped.pods(), member });
    // The last one that has come through is always kept.
    const oldestUs = this.#visibleUs - this.#keptUs - SCRAPE_US;
    while (scrapes.length > 1 && scrapes[0]!.atUs <= oldestUs) {
      scrapes.shift();
    }
  }

  /** An autoscaler's metric of a variant has this value from now on, or has had it since. */
  publish(metric: string, labels: Labels, value: number, atUs = this.#clock.nowUs): void {
    const key = `${labels["exported_namespace"]}/${labels["variant_name"]}`;
    const published = this.#published.get(key) ?? { labels, values: new Map() };
    this.#published.set(key, published);
    const values = published.values.get(metric) ?? [];
    published.values.set(metric, values);
    if (values.at(-1)?.value === value) return;
    values.push({ atUs, value });
    // One more than the last scrape can have seen.
    const seenUs = this.#variantScrapeUs(Math.min(atUs, this.#visibleUs));
    while (values.length > 1 && values[1]!.atUs <= seenUs) values.shift();
  }

  /** When the autoscaler's own metrics were scraped last. */
  #variantScrapeUs(nowUs: number): number {
    const since = nowUs - this.#variantPhaseUs;
    return since - ((since % VARIANT_SCRAPE_US) + VARIANT_SCRAPE_US) % VARIANT_SCRAPE_US +
      this.#variantPhaseUs;
  }

  /** What was scraped of one variant's metric; undefined before the first time. */
  published(metric: string, namespace: string, variant: string): number | undefined {
    const values = this.#published.get(`${namespace}/${variant}`)?.values.get(metric);
    return values && this.#scrapedOf(values);
  }

  #scrapedOf(values: readonly Point[]): number | undefined {
    if (this.#isTooOld(this.#visibleUs)) return undefined;
    const untilUs = this.#variantScrapeUs(this.#visibleUs);
    return values.findLast(({ atUs }) => atUs <= untilUs)?.value;
  }

  ask(query: Query): readonly Element[] {
    return evaluate(query, (selector) => this.#select(selector), this.#clock.nowUs);
  }

  /** The samples of a member's pods that it has now, over so long, by pod. */
  samples(scraped: Scraped, rangeUs: number): ReadonlyMap<string, readonly PodSample[]> {
    const watched = this.#watched.get(scraped);
    const scrapes = watched ? this.#scrapesOf(watched) : [];
    const sinceUs = this.#clock.nowUs - rangeUs;
    const byPod = new Map<string, PodSample[]>();
    for (const { pod } of scrapes.at(-1)?.pods ?? []) byPod.set(pod, []);
    for (const { atUs, pods } of scrapes) {
      if (atUs <= sinceUs) continue;
      for (const sample of pods) byPod.get(sample.pod)?.push(sample);
    }
    return byPod;
  }

  #variantsOf(matchers: readonly Matcher[]): readonly Published[] {
    const namespace = valueOf(matchers, "exported_namespace");
    const name = valueOf(matchers, "variant_name");
    if (namespace === undefined || name === undefined) return [...this.#published.values()];
    const published = this.#published.get(`${namespace}/${name}`);
    return published ? [published] : [];
  }

  #select({ metric, matchers }: Selector): readonly Series[] {
    const source = metricOf(metric)!;
    if (source.of === "variant") {
      return this.#variantsOf(matchers).flatMap(({ labels, values }) => {
        const points = values.get(metric);
        const value = points && this.#scrapedOf(points);
        if (value === undefined || !matches(matchers, labels)) return [];
        return [{ labels, points: [{ atUs: this.#clock.nowUs, value }], current: true }];
      });
    }
    const series: Series[] = [];
    const name = valueOf(matchers, "llm_isvc_name");
    const watched = name === undefined ? this.#watched.values() : this.#byName.get(name) ?? [];
    for (const each of watched) {
      const { scraped } = each;
      const own = matchers.filter(({ label }) => scraped.labels[label] !== undefined);
      if (!matches(own, scraped.labels)) continue;
      const scrapes = this.#scrapesOf(each);
      const old = this.#isTooOld(this.#visibleUs);
      if (source.of === "member") {
        if (!matches(matchers, scraped.labels)) continue;
        const all = memberSeries(scraped.labels, scrapes, source.value);
        series.push(old ? { ...all, current: false } : all);
        continue;
      }
      for (const each of podSeries(scraped.labels, scrapes, source.value)) {
        if (!matches(matchers, each.labels)) continue;
        series.push(old ? { ...each, current: false } : each);
      }
    }
    return series;
  }
}

/** What a label must be, where that is said. */
function valueOf(matchers: readonly Matcher[], label: string): string | undefined {
  return matchers.find((matcher) => matcher.label === label && matcher.op === "=")?.value;
}

function memberSeries(
  labels: Labels,
  scrapes: readonly Scrape[],
  value: (sample: MemberSample, pods: readonly PodSample[]) => number | undefined,
): Series {
  const values = scrapes.map(({ atUs, member, pods }) => ({ atUs, value: value(member, pods) }));
  const points = values.filter((point): point is Point => point.value !== undefined);
  return { labels, points, current: values.at(-1)?.value !== undefined };
}

function podSeries(
  labels: Labels,
  scrapes: readonly Scrape[],
  value: (sample: PodSample) => number,
): Series[] {
  const series = new Map<string, { labels: Labels; points: Point[]; current: boolean }>();
  const last = scrapes.at(-1);
  for (const scrape of scrapes) {
    for (const sample of scrape.pods) {
      const { pod, role } = sample;
      let own = series.get(pod);
      if (!own) {
        own = {
          labels: { ...labels, pod, llm_isvc_role: role, engine: "0" },
          points: [],
          current: false,
        };
        series.set(pod, own);
      }
      own.points.push({ atUs: scrape.atUs, value: value(sample) });
      own.current = scrape === last;
    }
  }
  return [...series.values()];
}
