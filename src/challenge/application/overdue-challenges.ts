/** Which open challenges are past their deadline or were left at their last attempt, whosever they are: identifiers, nothing else. */
export abstract class OverdueChallenges {
  abstract find(batch: number): Promise<readonly { readonly tenant: string; readonly id: string }[]>;
}
