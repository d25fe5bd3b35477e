// The version of the program, from its one source.

import config from "../../deno.json" with { type: "json" };

export const MTOP_VERSION: string = config.version;
