// The charts of one service: drawn by uPlot, zoomed together, with a legend of the instant in force.

import { CHARTS } from "./chart_list.js";
import { byId, computedColor, make, seriesColor } from "./dom.js";
import { binAt } from "./instant.js";
import { legendOf } from "./legend.js";
import { marksOf } from "./marks.js";
import { scalesOf } from "./scales.js";
import { Zoom } from "./zoom.js";

const HEIGHT = 170;
const STYLES = {
  plain: { width: 1.75 },
  faint: { width: 1.25 },
  dashed: { width: 1, dash: [4, 3] },
};

export function addCharts(clock, data) {
  const chosen = byId("service");
  let charts = [];
  const zoom = new Zoom(() => charts.map(({ plot }) => plot), clock);
  const draw = () => {
    for (const { plot } of charts) plot.destroy();
    const service = data.services[Number(chosen.value)];
    charts = service ? chartsOf(service, data) : [];
    byId("calibration").textContent = service ? `${service.name}, ${service.calibration}` : "";
    byId("charts").replaceChildren(...charts.map(({ card }) => card));
    for (const chart of charts) chart.plot = plotOf(chart, clock, data, zoom);
    zoom.leave();
    showInstant();
  };
  const showInstant = () => {
    const bin = binAt(data, clock.atUs);
    for (const chart of charts) {
      chart.legend.show(chart.hovered ?? bin);
      placeLine(chart.line, chart.plot, clock);
    }
  };
  addServices(chosen, data.services);
  chosen.addEventListener("change", draw);
  clock.onChange(showInstant);
  draw();
  redrawnBy(draw, () => charts, showInstant);
}

/** Where the instant in force is in a chart, if the part that is shown has it. */
function placeLine(line, plot, clock) {
  const seconds = clock.atUs / 1e6;
  const { min, max } = plot.scales.x;
  line.style.left = `${plot.valToPos(seconds, "x")}px`;
  line.hidden = !(seconds >= min && seconds <= max);
}

function addServices(select, services) {
  select.parentElement.hidden = services.length < 2;
  select.append(...services.map(({ name }, index) => make("option", { value: index }, name)));
}

/** A canvas does not follow the scheme, the paper or the window by itself. */
function redrawnBy(draw, chartsNow, showInstant) {
  const root = document.documentElement;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  addEventListener("beforeprint", () => {
    root.style.colorScheme = "light";
    draw();
  });
  addEventListener("afterprint", () => {
    root.style.colorScheme = "";
    draw();
  });
  new ResizeObserver(() => {
    for (const { plot, place } of chartsNow()) {
      const width = place.clientWidth;
      if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
    }
    showInstant();
  }).observe(byId("charts"));
}

/** Charts of which something is known, without their plots: those want a width. */
function chartsOf(service, data) {
  return CHARTS.flatMap((kind) => {
    const series = seriesOf(kind, service)
      .filter(({ values }) => values.some((value) => value !== null));
    if (series.length === 0) return [];
    const limits = data.breaches.filter((one) =>
      one.service === service.name && one.metric === kind.id
    ).map(({ limitUs }) => limitUs).concat(kind.limits ?? []);
    const legend = legendOf(kind, series);
    const place = make("div", { class: "plot", "data-chart": kind.id });
    const unit = make("span", { class: "quiet" }, kind.unit);
    const title = make("h3", {}, kind.title, unit);
    const card = make("article", { class: "chart card" }, title, legend.element, place);
    return [{ kind, series, limits, legend, place, card, line: make("i", { class: "now-line" }) }];
  });
}

/** The lines of every revision, or one of every error budget. */
function seriesOf({ id, lines }, { revisions, budgets }) {
  if (id === "budget") {
    return budgets.map(({ name, spent }, index) => ({
      ...{ revision: name, index, ...lines[0], color: seriesColor(index), values: spent },
    }));
  }
  return revisions.flatMap(({ name, columns }, index) =>
    lines.map((line) => ({
      ...{ revision: name, index, ...line, color: seriesColor(index) },
      values: columns[line.column],
    }))
  );
}

function plotOf(chart, clock, data, zoom) {
  const { kind, series, place, legend, line } = chart;
  const times = Array.from(
    { length: data.bins },
    (_, bin) => Math.min(data.endUs, (bin + 1) * data.binUs) / 1e6,
  );
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${kind.title}, ${kind.unit}: the legend has its values`);
  const plot = new uPlot(
    {
      width: place.clientWidth || 400,
      height: HEIGHT,
      legend: { show: false },
      padding: [8, 32, 0, 0],
      cursor: {
        y: false,
        points: { size: 6 },
        sync: { key: "mtop", setSeries: false },
        drag: { x: true, y: false, setScale: false },
      },
      ...scalesOf(chart, data),
      series: [{}, ...series.map((one) => lineOf(one, kind))],
      hooks: {
        ...marksOf(chart, data, (self) => placeLine(line, self, clock)),
        setCursor: [(self) => {
          chart.hovered = self.cursor.left >= 0 ? self.cursor.idx : undefined;
          legend.show(chart.hovered ?? binAt(data, clock.atUs));
        }],
        setSelect: [(self) => zoom.select(self)],
        ready: [(self) => {
          self.over.append(line);
          self.over.addEventListener("click", () => {
            if (self.select.width === 0) clock.showAt(self.posToVal(self.cursor.left, "x") * 1e6);
          });
          self.over.addEventListener("dblclick", () => zoom.leave());
        }],
      },
    },
    [times, ...series.map(({ values }) => values)],
    place,
  );
  return plot;
}

function lineOf({ color, style, column }, { stepped }) {
  const stroke = computedColor(
    style === "faint" ? `color-mix(in srgb, ${color} 55%, var(--card))` : color,
  );
  const paths = stepped ? { paths: uPlot.paths.stepped({ align: -1 }) } : {};
  return { label: column, stroke, ...STYLES[style], points: { show: alone, size: 4 }, ...paths };
}

/** A point is drawn where a line would not be: between two seconds without a sample. */
function alone(self, index) {
  return self.data[index].filter((value) => value !== null).length < 3;
}
