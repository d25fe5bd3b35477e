// What an hour of a GPU costs where nobody says otherwise: only prices with a source. Knows no run.

export interface GpuPrice {
  /** USD per hour of one GPU. */
  readonly usd: number;
  readonly source: string;
  /** When it was so. */
  readonly date: string;
}

/** A price and who says so. */
export interface FoundPrice {
  readonly usdPerHour: number;
  readonly source: string;
}

/**
 * A price is entered, not found out: it differs by provider, region and contract. Two others that are
 * known fit no single GPU: 103 USD for about 28 GPU-hours of a training run (BLIS) and 218,000 USD for
 * 42,000 GPU-hours of a mix of A100 and H100 (Vidur).
 */
export const GPU_PRICES: Readonly<Record<string, GpuPrice>> = {
  "H100-SXM": {
    usd: 32.77 / 8,
    source: "inference-sim (BLIS): 32.77 USD an hour for a node of 8 × H100",
    date: "as of its commit f90a1e3a, which gives no date",
  },
};

/** USD per GPU-hour by GPU, as they are said: of a scenario, of settings. */
export type SaidPrices = Readonly<Record<string, number>>;

/** The first who names the GPU, else its price above; undefined where nobody does. */
export function priceOf(
  gpu: string,
  said: readonly (readonly [source: string, prices: SaidPrices | undefined])[],
): FoundPrice | undefined {
  for (const [source, prices] of said) {
    if (prices && Object.hasOwn(prices, gpu)) return { usdPerHour: prices[gpu]!, source };
  }
  if (!Object.hasOwn(GPU_PRICES, gpu)) return undefined;
  const { usd, source, date } = GPU_PRICES[gpu]!;
  return { usdPerHour: usd, source: `${source}, ${date}` };
}
