// How many tokens a request may have, each way.

/** No request has more: whoever keeps requests may use 32-bit integers. */
export const MAX_TOKENS = 2 ** 31 - 1;
