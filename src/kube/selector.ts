// Label selectors as kubectl takes them with `-l`: equality and sets. Knows no object, only labels.

import { labelOf, type Labels } from "./label_selector.ts";

export type LabelSelector =
  | { readonly matches: (labels: Labels) => boolean }
  | { readonly problem: string };

const NAME = "[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?";
const SET = new RegExp(`^(${NAME})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EQUALITY = new RegExp(`^(${NAME})\\s*(==|=|!=)\\s*(${NAME}|)$`);
const EXISTENCE = new RegExp(`^(!?)\\s*(${NAME})$`);

/** Requirements are joined by commas, and all of them have to hold: `app=x,tier!=y,z in (a,b),!c`. */
export function parseLabelSelector(text: string): LabelSelector {
  const rules: ((labels: Labels) => boolean)[] = [];
  // A comma inside of parentheses is part of a set.
  for (const part of text.split(/,(?![^(]*\))/)) {
    const rule = requirement(part.trim());
    if (!rule) return { problem: `unable to parse requirement: "${part.trim()}"` };
    rules.push(rule);
  }
  return { matches: (labels) => rules.every((rule) => rule(labels)) };
}

/** As in Kubernetes, what is not there is not equal, and is in no set. */
function requirement(text: string): ((labels: Labels) => boolean) | undefined {
  const set = SET.exec(text);
  if (set) {
    const [, key, operator, list] = set as unknown as [string, string, string, string];
    const values = list.split(",").map((value) => value.trim());
    return (labels) => values.includes(labelOf(labels, key)!) === (operator === "in");
  }
  const equality = EQUALITY.exec(text);
  if (equality) {
    const [, key, operator, value] = equality as unknown as [string, string, string, string];
    return (labels) => (labelOf(labels, key) === value) === (operator !== "!=");
  }
  const [, not, key] = EXISTENCE.exec(text) ?? [];
  if (key === undefined) return undefined;
  return (labels) => (labelOf(labels, key) !== undefined) === (not === "");
}
