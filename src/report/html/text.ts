// A stranger's text in a page: escaped where it is HTML, harmless where it is data, and not too long.

/** Characters of one name or message; the log has the rest. */
const MOST_CHARACTERS = 400;

/** What a page shows of a text, as data too: a script puts it into the page as it is. */
export function clipped(text: string): string {
  const shown = visible(text.slice(0, MOST_CHARACTERS));
  return text.length <= MOST_CHARACTERS ? shown : `${shown}…`;
}

/** For the text of an element, and for an attribute in double quotes. */
export function escapeHtml(text: string): string {
  return visible(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

/**
 * JSON for a `<script type="application/json">`: no `</script>` and no `<!--` ends it early, since there is
 * no `<` in it; the two line ends that JSON has and older JavaScript has not are escaped as well.
 */
export function jsonIsland(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e")
    .replaceAll("&", "\\u0026").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

/**
 * What HTML has no character for, and what turns the direction of the text around it, which a stranger can
 * use to make one name read as another.
 */
function visible(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, "�");
}
