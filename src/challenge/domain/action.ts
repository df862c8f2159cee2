import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Action, Challenge } from './challenge.js';

/** SHA-256 of the action's canonical JSON (RFC 8785): two actions are the same when their digests are. */
export function actionDigest(action: Action): Buffer {
  const canonical = canonicalize(action);
  if (canonical === undefined) throw new Error('An action is always representable as JSON');
  return createHash('sha256').update(canonical).digest();
}

/**
 * Whether an action is the one that was challenged, by the digest stored with it; where none was named, or none is
 * given, there is nothing to compare.
 */
export function matchesAction({ actionDigest: stored }: Challenge, action: Action | undefined): boolean {
  return stored === null || action === undefined || stored.equals(actionDigest(action));
}
