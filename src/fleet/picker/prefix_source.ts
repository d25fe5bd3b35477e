// How much of a prompt each endpoint is believed to have in its prefix cache, whoever believes it.

import type { FleetRequest } from "../fleet_request.ts";

export interface PrefixSource {
  /** Tokens of a block. */
  readonly blockTokens: number;
  /** Of the last `find`: blocks of the prompt, at most as many as are looked at. */
  readonly total: number;
  /** Of the last `find`, by slot: blocks of the prompt that the endpoint has. */
  readonly matched: Int32Array;
  /** Looks a prompt up; once for each request, before anything else reads the columns. */
  find(request: FleetRequest): void;
}
