// How many tokens a request may have, each way.

import { z } from "zod";

/** No request has more: whoever keeps requests may use 32-bit integers. */
export const MAX_TOKENS = 2 ** 31 - 1;

export const someTokens = z.int().min(1).max(MAX_TOKENS);
