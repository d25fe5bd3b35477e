// The path of a field in a scenario's data, as problems print it: `load[0].rps`, `load.chat.rps`.

/** A key of an object or the name of an entry, or the place of an entry in its list. */
export type PathPart = string | number;

/** `["mtop.dev/rps"]`, `[0]`, `.name` or, at the begin, `name`. */
const PART = /(?:^|\.)([^.[\]"]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;

/**
 * Reads a path: keys after dots, places of lists in brackets, keys that hold a dot in brackets and
 * quotes. Undefined when it is none.
 */
export function parsePath(text: string): PathPart[] | undefined {
  const parts: PathPart[] = [];
  if (text.startsWith(".")) return undefined;
  for (let at = 0; at < text.length;) {
    PART.lastIndex = at;
    const found = PART.exec(text);
    if (!found) return undefined;
    const [whole, key, place, quoted] = found;
    const part = quoted === undefined ? key ?? Number(place) : unquoted(quoted);
    if (part === undefined) return undefined;
    parts.push(part);
    at += whole.length;
  }
  return parts.length > 0 ? parts : undefined;
}

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A path as a person writes it. */
export function formatPath(path: readonly PathPart[]): string {
  return path.map((part, index) => {
    if (typeof part === "number") return `[${part}]`;
    if (/[.[\]"]/.test(part) || part === "") return `[${JSON.stringify(part)}]`;
    return index === 0 ? part : `.${part}`;
  }).join("");
}
