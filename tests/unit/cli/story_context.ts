// A command's context over a run that was told by hand, and what the command printed.
import type { CliContext } from "../../../src/cli/context.ts";
import { tellError } from "../../../src/cli/exit.ts";
import { DEFAULTS, type Settings } from "../../../src/cli/settings.ts";
import type { Story } from "../report/story.ts";

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command at `nowUs` of the story; what it throws becomes text as in the program. */
export async function runOver(
  story: Story,
  nowUs: number,
  command: (context: CliContext) => Promise<number>,
  settings: Partial<Settings> = {},
): Promise<Printed> {
  let [out, err] = ["", ""];
  const console: CliContext["console"] = {
    out: (text) => (out += text, true),
    err: (text) => void (err += text),
    outIsTerminal: false,
    errIsTerminal: false,
    width: undefined,
  };
  const context = {
    console,
    finish: () => {},
    settings: () => ({ ...DEFAULTS, ...settings }),
    world: () =>
      Promise.resolve({
        state: story.state,
        nowUs,
        events: async function* () {
          yield await Promise.resolve(story.events);
        },
      }),
  } as unknown as CliContext;
  const code = await command(context).catch((error) => tellError(error, console));
  return { code, out, err };
}
