// Elements made of text that is never read as HTML.

/** `make("td", { class: "number" }, "12")`; a child is a text, an element, or a list of them. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.flat());
  return element;
}

export function byId(id) {
  return document.getElementById(id);
}

/** A place along a run as `left` and `width` want it. */
export function percentOf(us, endUs) {
  return endUs > 0 ? `${Math.min(100, Math.max(0, 100 * us / endUs)).toFixed(3)}%` : "0%";
}

/** The colour of a series, as a custom property of the style sheet; there are six. */
export function seriesColor(index) {
  return `var(--series-${index % 6})`;
}

/** What a custom property is by the scheme in force, as a canvas wants it. */
export function computedColor(color) {
  const probe = byId("probe");
  probe.style.color = color;
  return getComputedStyle(probe).color;
}
