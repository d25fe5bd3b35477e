// The examples of a help, as somebody would copy them.

/** What stands after `mtop` in the examples of a help: without the comment, the pipe and the file. */
export function examplesIn(help: string): string[] {
  const lines = help.split("\n").filter((line) => /^ {2}\S/.test(line));
  return lines.flatMap((line) => {
    const call = /(?:^ {2}|\| |<\()mtop\b(.*)$/.exec(line)?.[1];
    return call === undefined ? [] : [call.trimEnd().split(/ {2,}| [|>] |\)$/)[0]!.trim()];
  });
}
