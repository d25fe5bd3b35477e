// Pieces of a line with a style each, measured and cut by terminal cells. Knows no table.

import { displayWidth as cells } from "./table.ts";
import { paint, type Style, type Theme } from "./theme.ts";

export { cells };

export interface Span {
  readonly text: string;
  readonly style?: Style;
}

/** Without control characters: names and messages may come from a stranger's file. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ");
}

/** At most so many cells; what is cut ends in `…`. */
export function cut(text: string, width: number): string {
  if (cells(text) <= width) return text;
  return width < 1 ? "" : `${take(text, width - 1)}…`;
}

/** The first characters that fit into so many cells. */
function take(text: string, width: number): string {
  if (cells(text) <= width) return text;
  let kept = "";
  let taken = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    taken += cells(segment);
    if (taken > width) break;
    kept += segment;
  }
  return kept;
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - cells(text)));
}

export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - cells(text))) + text;
}

/** One line of at most `width` cells, without trailing blanks; what is cut ends in `…`. */
export function line(spans: readonly Span[], width: number, theme: Theme): string {
  const shown = withoutTrailingBlanks(spans.map(({ text, style = "plain" }) => ({
    text: printable(text),
    style,
  })));
  const tooLong = shown.reduce((sum, { text }) => sum + cells(text), 0) > width;
  let left = tooLong ? width - 1 : width;
  const painted = shown.map(({ text, style }) => {
    const kept = left <= 0 ? "" : take(text, left);
    // What did not fit ends the line, also where a narrower piece would have fitted.
    left = kept === text ? left - cells(kept) : 0;
    return paint(theme, style, kept);
  });
  return painted.join("") + (tooLong && width > 0 ? "…" : "");
}

function withoutTrailingBlanks<S extends Required<Span>>(spans: readonly S[]): S[] {
  const kept = [...spans];
  while (kept.length > 0) {
    const last = kept.pop()!;
    const text = last.style === "reverse" ? last.text : last.text.trimEnd();
    if (text === "") continue;
    kept.push({ ...last, text });
    break;
  }
  return kept;
}
