/** The end user behind a request: in the clear while it is counted against limits, as keyed hashes where it is kept. */
export interface EndUser {
  readonly ip?: string;
  readonly id?: string;
}
