// The door of completion: not through the command tree, which takes longer to load than Tab may wait.

import { complete } from "./completion.ts";
import { namesFor } from "./completion_source.ts";
import tree from "./completion_tree.json" with { type: "json" };
import type { CommandNode } from "./completion_tree.ts";

/** `mtop complete -- WORDS…`: candidates for the last word, and what the shell is to do with them. */
export async function completeMain(args: readonly string[]): Promise<void> {
  const words = args[0] === "--" ? args.slice(1) : args;
  const text = await complete(words, tree as unknown as CommandNode, namesFor);
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  } catch {
    // Whoever asked went away.
  }
}
