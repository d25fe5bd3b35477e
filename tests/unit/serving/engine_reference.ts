// vLLM V1's scheduler a second time, as plainly as it can be said: the reference of the engine.

/** Everything is counted anew in every step; nothing is kept but lists and three numbers a job. */
export interface Job {
  readonly atUs: number;
  readonly prompt: number;
  readonly output: number;
}

export interface ReferenceLimits {
  readonly kvBlocks: number;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  readonly maxModelLen: number;
}

/** Picoseconds, as exact integers. */
export interface ReferenceCost {
  readonly stepPs: bigint;
  readonly requestPs: bigint;
  readonly prefillTokenPs: bigint;
  /** For each pair of a prompt token and a token it attends to, counted twice. */
  readonly attentionPs: bigint;
  readonly decodeTokenPs: bigint;
  readonly contextPs: bigint;
  readonly admissionUs: number;
}

export interface Served {
  readonly tokens: number;
  readonly firstTokenUs?: number;
  readonly lastTokenUs?: number;
}

interface Task {
  readonly index: number;
  readonly prompt: number;
  readonly goal: number;
  readonly visibleUs: number;
  /** When each token came. */
  readonly told: number[];
  computed: number;
  chunk: number;
}

const blocksOf = (task: Task) => Math.ceil((task.computed + task.chunk) / 16);
const known = (task: Task) => task.prompt + task.told.length;

export function serve(jobs: readonly Job[], limits: ReferenceLimits, cost: ReferenceCost) {
  const served: Served[] = jobs.map(() => ({ tokens: 0 }));
  const coming = jobs.map(({ atUs, prompt, output }, index): Task => ({
    index,
    prompt,
    goal: Math.min(output, limits.maxModelLen - prompt),
    visibleUs: atUs + cost.admissionUs,
    told: [],
    computed: 0,
    chunk: 0,
  })).filter(({ goal }) => goal >= 1);
  let waiting: Task[] = [];
  let running: Task[] = [];
  let preemptions = 0;
  let nowUs = 0;
  let span = { batch: "", baseUs: 0, sumPs: 0n };

  while (coming.length + waiting.length + running.length > 0) {
    if (waiting.length + running.length === 0) nowUs = Math.max(nowUs, coming[0]!.visibleUs);
    while (coming.length > 0 && coming[0]!.visibleUs <= nowUs) waiting.push(coming.shift()!);

    ({ waiting, running, preemptions } = schedule(waiting, running, preemptions, limits));

    const batch = decodes(running) ? running.map(({ index }) => index).join() : "";
    if (batch === "" || batch !== span.batch) span = { batch, baseUs: nowUs, sumPs: 0n };
    span.sumPs += stepPs(running, cost);
    nowUs = span.baseUs + Number(span.sumPs / 1_000_000n);

    for (const task of running) {
      task.computed += task.chunk;
      task.chunk = 0;
      if (task.computed === known(task)) task.told.push(nowUs);
    }
    for (const { index, told, goal } of running) {
      if (told.length < goal) continue;
      served[index] = { tokens: goal, firstTokenUs: told[0]!, lastTokenUs: told.at(-1)! };
    }
    running = running.filter(({ told, goal }) => told.length < goal);
  }
  return { served, preemptions };
}

/** The running first, in order of admission; then, unless one was preempted, the waiting. */
function schedule(
  waitingBefore: readonly Task[],
  runningBefore: readonly Task[],
  preemptionsBefore: number,
  limits: ReferenceLimits,
) {
  let waiting = [...waitingBefore];
  let running = [...runningBefore];
  let preemptions = preemptionsBefore;
  const fits = () => running.reduce((sum, task) => sum + blocksOf(task), 0) <= limits.kvBlocks;
  const budget = () =>
    limits.maxNumBatchedTokens - running.reduce((sum, task) => sum + task.chunk, 0);

  for (const task of runningBefore) {
    if (!running.includes(task)) continue;
    task.chunk = Math.min(known(task) - task.computed, budget());
    while (!fits()) {
      const victim = running.at(-1)!;
      victim.computed = 0;
      victim.chunk = 0;
      running = running.slice(0, -1);
      waiting = [victim, ...waiting];
      preemptions++;
    }
  }
  if (preemptions > preemptionsBefore) return { waiting, running, preemptions };

  while (waiting.length > 0 && budget() > 0 && running.length < limits.maxNumSeqs) {
    const [next, ...others] = waiting as [Task, ...Task[]];
    next.chunk = Math.min(known(next), budget());
    running = [...running, next];
    if (!fits()) {
      next.chunk = 0;
      running = running.slice(0, -1);
      break;
    }
    waiting = others;
  }
  return { waiting, running, preemptions };
}

/** A request decodes when it has answered before and lacks only its newest token. */
const decoding = (task: Task) => task.told.length > 0 && known(task) - task.computed === 1;
const decodes = (tasks: readonly Task[]) => tasks.every(decoding);

function stepPs(tasks: readonly Task[], cost: ReferenceCost): bigint {
  let ps = cost.stepPs + cost.requestPs * BigInt(tasks.length);
  for (const task of tasks) {
    if (decoding(task)) {
      ps += cost.decodeTokenPs + cost.contextPs * BigInt(known(task));
      continue;
    }
    for (let position = task.computed; position < task.computed + task.chunk; position++) {
      // Token n attends to the n before it and to itself; twice that, less the half of itself.
      ps += cost.prefillTokenPs + cost.attentionPs * BigInt(2 * position + 1);
    }
  }
  return ps;
}
