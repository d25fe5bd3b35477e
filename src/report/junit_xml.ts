// Elements and their text as XML 1.0, which has no place for most control characters. Knows no JUnit.

/** An element: attributes that are undefined are left out. */
export interface XmlElement {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string | number | undefined>>;
  readonly children?: readonly (XmlElement | string)[];
}

/** A document, indented; elements that hold text stay on one line, so that their text is theirs alone. */
export function xmlText(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${elementText(root, "")}`;
}

function elementText({ name, attributes = {}, children = [] }: XmlElement, indent: string): string {
  const said = Object.entries(attributes).filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${attributeText(String(value))}"`).join("");
  const open = `${indent}<${name}${said}`;
  if (children.length === 0) return `${open}/>\n`;
  const elements = children.filter((child) => typeof child !== "string");
  if (elements.length < children.length) {
    const text = children.map((child) => typeof child === "string" ? escaped(child) : "").join("");
    return `${open}>${text}</${name}>\n`;
  }
  const inside = elements.map((child) => elementText(child, `${indent}  `)).join("");
  return `${open}>\n${inside}${indent}</${name}>\n`;
}

/** Line ends and tabs of an attribute would be read as blanks. */
function attributeText(text: string): string {
  return escaped(text).replaceAll('"', "&quot;").replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** What XML 1.0 §2.2 calls no character at all, and cannot even be escaped: each becomes a �. */
// deno-lint-ignore no-control-regex
const NO_CHARACTER = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

function escaped(text: string): string {
  // A carriage return would be read as a line end.
  return text.toWellFormed().replace(NO_CHARACTER, "�").replace(/[&<>]/g, (one) => ENTITIES[one]!)
    .replaceAll("\r", "&#13;");
}
