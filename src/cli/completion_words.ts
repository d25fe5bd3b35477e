// What a half-written command line asks for: which command, what was said, and what the last word is.

import type { CommandNode, OptionNode } from "./completion_tree.ts";

/** The part of the line that is to be completed. */
export type Wanted =
  | { readonly kind: "command" }
  | { readonly kind: "option" }
  /** The value of an option; `optional` where the word may as well be something else. */
  | { readonly kind: "value"; readonly option: OptionNode; readonly optional: boolean }
  | { readonly kind: "argument" }
  /** After a command that there is not, nothing is known. */
  | { readonly kind: "nothing" };

export interface Line {
  /** The program itself until a command was named. */
  readonly command: CommandNode;
  /** The words of the command that are no options. */
  readonly operands: readonly string[];
  /** By long name; the value of one without a value is "". */
  readonly given: ReadonlyMap<string, string>;
  readonly wanted: Wanted;
  /** What of the last word stays as it is: `--output=` of `--output=js`. */
  readonly fixed: string;
  /** What of the last word is to be completed. */
  readonly word: string;
}

/** Reads the words of a line but for the program's name; the last is the one under the cursor. */
export function readLine(words: readonly string[], root: CommandNode): Line {
  const reader = new LineReader(root);
  for (const word of words.slice(0, -1)) reader.read(word);
  return reader.end(words.at(-1) ?? "");
}

class LineReader {
  readonly #root: CommandNode;
  #command: CommandNode | undefined;
  readonly #operands: string[] = [];
  readonly #given = new Map<string, string>();
  /** An option that waits for its value. */
  #open: OptionNode | undefined;
  #optionsEnded = false;

  constructor(root: CommandNode) {
    this.#root = root;
    this.#command = root;
  }

  read(word: string): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined && (open.value === "required" || !word.startsWith("-"))) {
      this.#give(open, word);
    } else if (this.#optionsEnded || !word.startsWith("-") || word === "-") {
      this.#operand(word);
    } else if (word === "--") {
      this.#optionsEnded = true;
    } else if (word.startsWith("--")) {
      this.#long(word);
    } else {
      this.#short(word);
    }
  }

  end(last: string): Line {
    const wanted = this.#wanted(last);
    const equals = wanted.kind === "value" && last.startsWith("--") ? last.indexOf("=") + 1 : 0;
    return {
      command: this.#command ?? this.#root,
      operands: this.#operands,
      given: this.#given,
      wanted,
      fixed: last.slice(0, equals),
      word: last.slice(equals),
    };
  }

  #wanted(last: string): Wanted {
    const open = this.#open;
    const isOption = last.startsWith("-") && !this.#optionsEnded;
    if (this.#command === undefined) return { kind: "nothing" };
    if (open !== undefined && (open.value === "required" || !isOption)) {
      return { kind: "value", option: open, optional: open.value === "optional" };
    }
    if (isOption) {
      const equals = last.indexOf("=");
      if (equals < 0) return { kind: "option" };
      const option = this.#find(last.slice(0, equals));
      if (option === undefined || option.value === undefined) return { kind: "nothing" };
      return { kind: "value", option, optional: false };
    }
    return { kind: this.#command === this.#root ? "command" : "argument" };
  }

  #operand(word: string): void {
    if (this.#command === this.#root) {
      this.#command = this.#root.commands?.find(({ name }) => name === word);
    } else {
      this.#operands.push(word);
    }
  }

  #long(word: string): void {
    const equals = word.indexOf("=");
    const option = this.#find(equals < 0 ? word : word.slice(0, equals));
    if (option === undefined) return;
    if (equals >= 0) this.#give(option, word.slice(equals + 1));
    else this.#expect(option);
  }

  /** `-A`, `-n chat`, `-nchat` and `-An chat`. */
  #short(word: string): void {
    for (let index = 1; index < word.length; index++) {
      const option = this.#find(`-${word[index]}`);
      if (option === undefined) return;
      const rest = word.slice(index + 1);
      if (option.value !== undefined && rest !== "") return this.#give(option, rest);
      this.#expect(option);
    }
  }

  #expect(option: OptionNode): void {
    this.#give(option, "");
    if (option.value !== undefined) this.#open = option;
  }

  #give({ long, short = "" }: OptionNode, value: string): void {
    this.#given.set(long ?? short, value);
  }

  /** The program's own options stand anywhere. */
  #find(flag: string): OptionNode | undefined {
    const known = [...this.#command?.options ?? [], ...this.#root.options];
    return known.find(({ long, short }) => long === flag || short === flag);
  }
}
