/** A figure that a result is held against. */
export interface Bar {
  readonly least?: number;
  readonly most?: number;
}

/** What good means, in figures: see README.md. */
export const BARS = {
  createOfFloor: { least: 0.6 },
  othersOfFloor: { least: 0.7 },
  createP99Ms: { most: 25 },
  othersP99Ms: { most: 15 },
  rssMiB: { most: 250 },
  createOfPeer: { least: 6 },
  deliveryOfFloor: { least: 0.7 },
  handOffP50Ms: { most: 100 },
  handOffP99Ms: { most: 500 },
  apart: { most: 1.2 },
  growth: { most: 1.2 },
  dropMs: { most: 1_000 },
  goodput: { least: 0.8 },
  overloadAnswerP99Ms: { most: 500 },
  recoverySeconds: { most: 10 },
} as const satisfies Readonly<Record<string, Bar>>;

/** `≥ 0.6 met`, or by how much it was missed, as a share of the bar. */
export function verdict(value: number, { least, most }: Bar): string {
  const bar = least === undefined ? `≤ ${most ?? ''}` : `≥ ${least}`;
  const met = (least === undefined || value >= least) && (most === undefined || value <= most);
  if (met) return `${bar} met`;
  const limit = least ?? most ?? NaN;
  const by = Math.abs(value - limit) / limit;
  return Number.isFinite(by) ? `${bar} MISSED by ${Math.ceil(by * 100)} %` : `${bar} NOT MEASURED`;
}
