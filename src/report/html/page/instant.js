// What a report's data says of one instant of its scrubber. Knows no page.

/** The instants of the scrubber in µs: its steps, and the end of the run. */
export function instantsOf({ endUs, binUs, strideBins, bins }) {
  const steps = Math.ceil(bins / strideBins) + 1;
  return Array.from({ length: steps }, (_, index) => Math.min(endUs, index * strideBins * binUs));
}

/** The instant at or before a time, as an index; the first one where there is none. */
export function indexAt(instants, atUs) {
  let low = 0;
  let high = instants.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (instants[middle] <= atUs) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The first instant at which what happens at `atUs` has happened. */
export function indexAfter(instants, atUs) {
  const index = indexAt(instants, atUs);
  return instants[index] >= atUs ? index : Math.min(index + 1, instants.length - 1);
}

/** The pods there are at an instant, as a table shows them; null is unknown. */
export function podsAt(pods, index) {
  return pods.flatMap(({ name, from, changes, running, waiting, kv }) => {
    const change = lastUpTo(changes, (one) => one[0] <= index);
    if (!change || change[1] === null) return [];
    const [, ready, status, node] = change;
    const place = index - from;
    const gauges = { running: running[place], waiting: waiting[place], kv: kv[place] };
    return [{ name, ready, status, node, ...gauges }];
  });
}

/** Rollouts that have begun, each with what was last told of it. */
export function rolloutsAt(rollouts, atUs) {
  return rollouts.flatMap(({ id, service, steps }) => {
    const step = lastUpTo(steps, ({ at }) => at <= atUs);
    return step ? [{ id, service, ...step }] : [];
  });
}

/** A route's weights by revision; none before they were told. */
export function weightsAt(weights, service, atUs) {
  const { changes = [] } = weights.find((one) => one.service === service) ?? {};
  return lastUpTo(changes, ([at]) => at <= atUs)?.[1] ?? {};
}

/** Faults that have begun and not ended. */
export function faultsAt(faults, atUs) {
  return faults.filter(({ beganAt, endedAt }) =>
    beganAt <= atUs && (endedAt === null || endedAt > atUs)
  );
}

/** The bin that ends at a time or that it is in; -1 before the first one ended. */
export function binAt({ binUs, bins, endUs }, atUs) {
  if (atUs >= endUs) return bins - 1;
  return Math.min(bins - 1, Math.floor(atUs / binUs) - 1);
}

/** Entries are in order: the last one that is still true. */
function lastUpTo(entries, isDue) {
  let found;
  for (const entry of entries) {
    if (!isDue(entry)) break;
    found = entry;
  }
  return found;
}

/** `step 2/5`: so many are done, as Argo counts, of a completed rollout all; empty before the first. */
export function stepPlace({ step, steps, phase, aborted }) {
  if (step < 0) return "";
  return `step ${phase === "Healthy" && !aborted ? steps : step}/${steps}`;
}
