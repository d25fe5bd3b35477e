// Profile handlers: which profiles run for a request, and what they chose together.

import type { FleetRequest } from "../fleet_request.ts";
import { type Candidates, type Choice, type Decider, NOBODY } from "./ports.ts";
import type { PrefixSource } from "./prefix_source.ts";
import type { Profile } from "./profile.ts";

export interface ProfileHandler {
  /** Writes to `choice`; a slot of NOBODY means that nobody takes the request. */
  choose(request: FleetRequest, pool: Candidates, choice: Choice): void;
}

/** `single-profile-handler`. */
export function singleProfile(profile: Profile): ProfileHandler {
  return {
    choose(request, pool, choice) {
      choice.slot = profile.run(request, pool);
      choice.prefillSlot = NOBODY;
    },
  };
}

/**
 * `disagg-profile-handler`: who answers is chosen first; where the decider says so, who computes the
 * prompt. Where nobody does that, who answers does both.
 */
export function disaggregatedProfiles(
  decode: Profile,
  prefill: Profile | undefined,
  decider: Decider | undefined,
): ProfileHandler {
  return {
    choose(request, pool, choice) {
      choice.slot = decode.run(request, pool);
      choice.prefillSlot = NOBODY;
      if (choice.slot === NOBODY || !prefill) return;
      if (!decider?.disaggregates(request, choice.slot)) return;
      choice.prefillSlot = prefill.run(request, pool);
    },
  };
}

/** `always-disagg-pd-decider`. */
export const ALWAYS: Decider = { disaggregates: () => true };

/**
 * `prefix-based-pd-decider`: when at least `nonCachedTokens` of the prompt are not on the endpoint that
 * answers, and the prompt has at least `promptTokens`. 0 `nonCachedTokens` is never; 0 `promptTokens` is
 * any length. Upstream takes four characters for a token; here the count is known.
 */
export function prefixDecider(
  { nonCachedTokens, promptTokens: least }: { nonCachedTokens: number; promptTokens: number },
  prefix: PrefixSource,
): Decider {
  return {
    disaggregates({ promptTokens }, slot) {
      if (nonCachedTokens === 0 || promptTokens < least) return false;
      return promptTokens - prefix.matched[slot]! * prefix.blockTokens >= nonCachedTokens;
    },
  };
}
