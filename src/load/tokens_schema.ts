// Token counts for zod; apart from `tokens.ts`, so that reading a trace costs no schema library.

import { z } from "zod";
import { MAX_TOKENS } from "./tokens.ts";

export const someTokens = z.int().min(1).max(MAX_TOKENS);
