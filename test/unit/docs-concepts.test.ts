import { describe, expect, it } from '@jest/globals';
import type { Challenge, ChallengeState } from '../../src/challenge/domain/challenge.js';
import {
  asOf,
  cancel,
  complete,
  fail,
  isOpen,
  resend,
  verify,
} from '../../src/challenge/domain/lifecycle.js';
import { aChallenge } from '../support/a-challenge.js';
import { blocksOf, readPage } from '../support/docs.js';

const STATES: readonly ChallengeState[] = [
  'ISSUED',
  'VERIFIED',
  'COMPLETED',
  'CANCELLED',
  'EXPIRED',
  'FAILED',
];

/** Everything that can become of a challenge in a state, found by trying: the state machine's own arrows. */
function arrowsFrom(state: ChallengeState): string[] {
  const now = new Date('2026-01-01T00:01:00.000Z');
  const later = new Date('2026-01-01T01:00:00.000Z');
  const challenge: Challenge = aChallenge({
    state,
    completeBefore: state === 'VERIFIED' ? new Date('2026-01-01T00:06:00.000Z') : null,
  });
  const exhausted = { ...challenge, exhaustedAt: new Date('2026-01-01T00:00:30.000Z') };
  const moves = [
    verify(challenge, now),
    fail(challenge, now),
    complete(challenge, now),
    cancel(challenge, now, 'REQUESTED'),
    resend(challenge, now, { cooldownSeconds: 30, extendedLifeSeconds: null }),
  ];
  const ends = [asOf(challenge, later), asOf(exhausted, now)].filter((end) => end.state !== state);
  const after = [...moves.flatMap((move) => (move.ok ? [move.value] : [])), ...ends];
  // Cancelling again changes nothing, and is no arrow.
  const reached = after.filter((next) => next !== challenge).map((next) => next.state);
  return [
    ...new Set(reached.map((next) => `${state} --> ${next}`)),
    ...(isOpen(challenge) ? [] : [`${state} --> [*]`]),
  ];
}

describe('the diagram in docs/concepts.md', () => {
  const [diagram = ''] = blocksOf(readPage('docs/concepts.md'), 'mermaid');

  it('has the arrows of the state machine, all of them and no others', () => {
    const drawn = [...diagram.matchAll(/^ *(\S+ --> [^:\s]+)/gm)].map(([, arrow]) => arrow);
    expect(drawn.sort()).toEqual(['[*] --> ISSUED', ...STATES.flatMap(arrowsFrom)].sort());
  });

  it('is the one in the code', () => {
    const { text } = readPage('src/challenge/domain/lifecycle.ts');
    const drawn = text.replace(/^ \* ?/gm, '');
    expect(drawn).toContain(diagram);
  });
});
