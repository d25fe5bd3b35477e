// A text as one word of a shell's command line, for commands that are advised.

/** What a shell takes as it is. */
const PLAIN = /^[\w@%+=:,./-]+$/;

export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : quotedWord(text);
}

/** In quotes, whatever it is. */
export function quotedWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
