// The door of `mtop --help`: not through the command tree, which takes longer to load than this to print.

import { processConsole } from "./console.ts";
import text from "./help.txt" with { type: "text" };

/** What the text was wrapped for. */
const COLUMNS = 80;

/** Prints the program's help; false, and nothing printed, where the terminal is too narrow for it. */
export function printHelp(): boolean {
  const console = processConsole();
  if (console.width !== undefined && console.width < COLUMNS) return false;
  console.out(text);
  return true;
}
