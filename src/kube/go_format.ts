// What becomes of a text that a Go program takes for a format and gives no values.

/** Flags, width, precision, and the verb, if there is one. */
const DIRECTIVE = /%([+\-# 0]*)(\d*)((?:\.\d*)?)(.?)/gsu;

/**
 * `fmt.Sprintf(text)`: KServe hands messages on as formats, so that a `%` in one garbles it, once more
 * with every condition that it is copied to.
 */
export function sprintfOf(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(DIRECTIVE, (_, _flags, _width, _precision, verb: string) => {
    if (verb === "") return "%!(NOVERB)";
    return verb === "%" ? "%" : `%!${verb}(MISSING)`;
  });
}
