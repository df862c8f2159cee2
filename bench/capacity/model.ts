/** What one request or message costs, as measured by the other scenarios. */
export interface Cost {
  readonly apiCpuMs: number;
  readonly workerCpuMs: number;
  readonly databaseCpuMs: number;
  readonly walKiB: number;
  /** Commits that wait for the disk. */
  readonly flushes: number;
}

/** What each step of a challenge costs. */
export type Costs = Readonly<Record<Step, Cost>>;
export type Step = 'create' | 'deliver' | 'get' | 'wrong' | 'answer' | 'complete';

/** How often each step happens for one challenge, on average. */
export const STEPS: Readonly<Record<Step, number>> = {
  create: 1,
  deliver: 1.05,
  get: 0.5,
  wrong: 0.15,
  answer: 0.85,
  complete: 0.8,
};

/** Bytes of a stored challenge with all that hangs on it, and for how many days they stay. */
export interface Storage {
  readonly challengeBytes: number;
  readonly challengeDays: number;
  readonly deliveryBytes: number;
  readonly deliveryDays: number;
  readonly auditBytes: number;
  readonly auditDays: number;
}

export interface Needs {
  readonly apiCores: number;
  readonly workerCores: number;
  readonly databaseCores: number;
  readonly flushesPerSecond: number;
  readonly walMiBPerSecond: number;
}

/** A core that is busier than this answers late: the rest is for peaks within the second and for what runs beside. */
export const BUSY_SHARE = 0.6;

/** What a rate of challenges keeps busy. */
export function needsOf(challengesPerSecond: number, costs: Costs): Needs {
  const perSecond = (of: (cost: Cost) => number): number =>
    challengesPerSecond *
    Object.entries(STEPS).reduce((sum, [step, times]) => sum + times * of(costs[step as Step]), 0);
  const cores = (ms: number): number => ms / 1_000 / BUSY_SHARE;
  return {
    apiCores: cores(perSecond(({ apiCpuMs }) => apiCpuMs)),
    workerCores: cores(perSecond(({ workerCpuMs }) => workerCpuMs)),
    databaseCores: cores(perSecond(({ databaseCpuMs }) => databaseCpuMs)),
    flushesPerSecond: perSecond(({ flushes }) => flushes),
    walMiBPerSecond: perSecond(({ walKiB }) => walKiB) / 1_024,
  };
}

/** GiB that so many challenges a day add, and that are there once the oldest are dropped. */
export function storageOf(
  challengesPerDay: number,
  storage: Storage,
): { readonly perDayGiB: number; readonly totalGiB: number } {
  const { challengeBytes, challengeDays, deliveryBytes, deliveryDays, auditBytes, auditDays } = storage;
  const gib = (bytes: number): number => (challengesPerDay * bytes) / 2 ** 30;
  return {
    perDayGiB: gib(challengeBytes + deliveryBytes + auditBytes),
    totalGiB: gib(challengeBytes * challengeDays + deliveryBytes * deliveryDays + auditBytes * auditDays),
  };
}
