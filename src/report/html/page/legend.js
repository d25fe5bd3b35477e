// A chart's legend: a row a revision, a column a line, the values those of one bin.

import { make } from "./dom.js";
import { swatch } from "./now.js";

export function legendOf({ lines, text, title }, series) {
  const revisions = [...new Map(series.map((one) => [one.index, one.revision]))];
  const cells = new Map();
  const rows = revisions.map(([index, name]) => {
    const values = lines.map(({ column }) => {
      const cell = make("td", { class: "number" });
      cells.set(`${index} ${column}`, cell);
      return cell;
    });
    return make("tr", {}, make("th", { scope: "row" }, swatch(index), name), values);
  });
  const heads = lines.map(({ label, style }) =>
    make("th", { scope: "col", class: "number" }, ...(label === "" ? [] : [sample(style), label]))
  );
  const named = lines.length > 1 ? [make("thead", {}, make("tr", {}, make("td"), heads))] : [];
  const caption = make("caption", { class: "unseen" }, title);
  const table = make("table", {}, caption, named, make("tbody", {}, rows));
  return {
    element: make("div", { class: "legend" }, table),
    show(bin) {
      for (const { index, column, values } of series) {
        const value = bin < 0 ? undefined : values[bin] ?? undefined;
        cells.get(`${index} ${column}`).textContent = text(value);
      }
    },
  };
}

/** How a line of this style looks, whichever its colour. */
function sample(style) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  for (const [name, value] of Object.entries({ width: 16, height: 8, "aria-hidden": "true" })) {
    svg.setAttribute(name, String(value));
  }
  const dash = style === "dashed" ? { "stroke-dasharray": "4 3" } : {};
  const drawn = { x1: 0, x2: 16, y1: 4, y2: 4, stroke: "currentColor", "stroke-width": 2, ...dash };
  for (const [name, value] of Object.entries(drawn)) line.setAttribute(name, String(value));
  if (style === "faint") line.setAttribute("opacity", "0.45");
  svg.append(line);
  return svg;
}
