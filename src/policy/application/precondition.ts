import { AppError } from '../../shared/app-error.js';
import type { Policy } from '../domain/policy.js';

/** What the caller believes to be the current version. */
export interface Precondition {
  /** Whether the caller's `If-Match` admits a version. */
  readonly admits?: ((version: number) => boolean) | undefined;
  /** As read and sent back in the body. */
  readonly version?: number | undefined;
}

/** Throws `policy-version-conflict` when the caller speaks of another version: 412 by header, 409 by body. */
export function assertCurrent({ version: currentVersion }: Policy, { admits, version }: Precondition): void {
  const members = { currentVersion };
  if (admits && !admits(currentVersion))
    throw new AppError('policy-version-conflict', { kind: 'precondition-failed', members });
  if (version !== undefined && version !== currentVersion)
    throw new AppError('policy-version-conflict', { members });
}
