// Lists the words that a scenario file is written with, for people and for the README.

import { type Word, WORD_FAMILIES, type WordFamily, WORDS } from "../scenario/words.ts";
import { table } from "../view/table.ts";
import { type Console, widthOf } from "./console.ts";
import { CliError } from "./exit.ts";

/** What a family's words do, as its title in the list. */
const TITLES: Readonly<Record<WordFamily, string>> = {
  load: "what clients send (load)",
  length: "how long prompts and answers are (prompt, output, requests)",
  target: "where requests go (to)",
  rollout: "how revisions change (rollouts)",
  step: "steps of a canary (steps)",
  act: "what people do (changes)",
  when: "when something begins (when)",
  fault: "what goes wrong (faults)",
  on: "whom a fault hits (on)",
  metric: "what is measured (checks, conditions, expectations)",
  expect: "what must be true in the end (expect)",
  file: "the file itself, and what else it defines",
};

/** The words as text; throws a `CliError` when none of them holds `filter`. */
export function wordsText(filter: string | undefined, console: Console): string {
  const wanted = filter?.toLowerCase() ?? "";
  const isFamily = WORD_FAMILIES.some((family) => family === wanted);
  const meant = WORDS.filter(({ family, word, about }) =>
    isFamily ? family === wanted : `${word} ${about}`.toLowerCase().includes(wanted)
  );
  if (meant.length === 0) {
    const families = WORD_FAMILIES.join(", ");
    throw new CliError(`Cannot find a word with "${filter}": the families are ${families}`);
  }
  const sections = WORD_FAMILIES.map((family) =>
    [TITLES[family], meant.filter((word) => word.family === family)] as const
  ).filter(([, words]) => words.length > 0);
  return sections.map(([title, words]) => section(title, words, console)).join("\n");
}

function section(title: string, words: readonly Word[], console: Console): string {
  const rows = words.map(({ word, about }) => [word, about]);
  return [title, ...table(rows, { indent: "  ", ...widthOf(console) })].join("\n") + "\n";
}

/** The rows of the README's table. */
export function wordsTable(): string {
  const rows = WORDS.map(({ family, word, about }) =>
    `| ${family} | \`${word}\` | ${about.replaceAll("|", "\\|")} |`
  );
  return ["| in | word | what it does |", "| --- | --- | --- |", ...rows].join("\n") + "\n";
}
