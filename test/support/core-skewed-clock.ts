/** Loaded before a process of the service (`--import`): its clock is off by `CLOCK_SKEW_MS`. */
const SKEW_MS = Number(process.env['CLOCK_SKEW_MS']);
const RealDate = Date;

class SkewedDate extends RealDate {
  constructor(...given: readonly never[]) {
    if (given.length === 0) super(SkewedDate.now());
    else super(...(given as unknown as [number]));
  }

  static override now(): number {
    return RealDate.now() + SKEW_MS;
  }
}

globalThis.Date = SkewedDate as DateConstructor;
