// JSON of a store's files, and what is wrong with it in one line.

/** V8 puts a piece of the text into some messages, line ends and all: that is left out. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message.replace(/, (?:\.\.\.)?".*is not valid JSON$/s, "");
    throw new Error(`it is no JSON: ${reason}`);
  }
}
