import { describe, expect, it } from '@jest/globals';
import { Channels, type Choice, type Way } from '../../src/delivery/application/channels.js';
import { ClaimLedger } from '../../src/delivery/application/claim-ledger.js';
import type { EmailMessage } from '../../src/delivery/application/provider.js';
import { retryAfterMs, statusError } from '../../src/delivery/channels/http-errors.js';
import { singleMailbox } from '../../src/delivery/channels/mail-safety.js';
import { claimsIn, jobsOf } from '../../src/delivery/queue/delivery-queue.js';
import { RecordingProvider } from '../support/recording-provider.js';

describe('Providers of a channel', () => {
  const way = (name: string, ratePerSecond?: number): Way<EmailMessage> => ({
    provider: new RecordingProvider([], name),
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
  });
  const nameOf = (choice: Choice): string | undefined =>
    choice.kind === 'provider' ? choice.name : undefined;
  const channels = new Channels([way('first'), way('second')], []);
  const rounds = [[], ['first'], ['first', 'second'], ['first', 'second', 'first']];

  it('take turns as they refuse', () => {
    expect(rounds.map((refusedBy) => nameOf(channels.choose('EMAIL', refusedBy)))).toEqual([
      'first',
      'second',
      'first',
      'second',
    ]);
    expect(rounds.slice(1).map((refusedBy) => channels.hasAnother('EMAIL', refusedBy))).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('may be none at all', () => {
    expect([channels.serves('EMAIL'), channels.serves('SMS')]).toEqual([true, false]);
  });

  it('start anew after one that is no longer among them refused', () => {
    expect(nameOf(channels.choose('EMAIL', ['gone']))).toBe('first');
  });

  it('of one name are told apart by their place', () => {
    const two = new Channels([way('smtp:mail'), way('smtp:mail')], []);
    expect(nameOf(two.choose('EMAIL', ['smtp:mail']))).toBe('smtp:mail#2');
    expect(two.email('smtp:mail#2')).not.toBe(two.email('smtp:mail'));
  });

  it('are given no more than their rate: spaced, then the next one, then nobody', () => {
    const paced = new Channels([way('first', 1), way('second', 1)], []);
    const choices = Array.from({ length: 7 }, () => paced.choose('EMAIL', []));
    expect(choices.map(nameOf)).toEqual(['first', 'first', 'first', 'second', 'second', 'second', undefined]);
    const spaced = choices.map((choice) =>
      choice.kind === 'provider' ? Math.round(choice.afterMs / 100) : 0,
    );
    expect(spaced.slice(0, 3)).toEqual([0, 10, 20]);
    expect(choices.at(-1)).toMatchObject({ kind: 'wait', waitMs: expect.any(Number) });
  });

  it('tell each that has to wait a time of its own, in turn, half a minute ahead at most', () => {
    const paced = new Channels([way('only', 10)], []);
    const start = performance.now();
    const waits = Array.from({ length: 421 }, () => {
      const choice = paced.choose('EMAIL', []);
      return { choice, afterMs: performance.now() - start };
    }).flatMap(({ choice, afterMs }) =>
      choice.kind === 'wait' ? [{ waitMs: choice.waitMs, untilMs: choice.waitMs + afterMs }] : [],
    );
    const places = waits.map(({ untilMs }) => Math.round(untilMs / 100));
    expect(places.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    expect([places[199], places[299]]).toEqual([200, 300]);
    expect(Math.round(waits.at(-1)!.waitMs / 100)).toBe(300);
  });
});

describe('An HTTP status', () => {
  const kindOf = (status: number): string => statusError({ status, retryAfter: undefined, text: '' }).kind;

  it.each([
    ['PERMANENT', [400, 406, 409, 410, 413, 422]],
    ['TRANSIENT', [301, 302, 307, 401, 402, 403, 404, 408, 425, 429, 500, 501, 503]],
    ['UNKNOWN', [502, 504]],
  ])('means %s', (kind, statuses) => {
    expect(statuses.filter((status) => kindOf(status) !== kind)).toEqual([]);
  });

  it('may come with seconds or a date to return at, within reason', () => {
    const now = Date.parse('2026-03-04T05:06:07Z');
    expect(retryAfterMs('120', now)).toBe(120_000);
    expect(retryAfterMs('Wed, 04 Mar 2026 05:06:37 GMT', now)).toBe(30_000);
    expect(retryAfterMs('Wed, 04 Mar 2026 05:05:00 GMT', now)).toBe(0);
    expect(retryAfterMs('99999999999', now)).toBe(3_600_000);
    expect(retryAfterMs('soon', now)).toBeUndefined();
    expect(retryAfterMs(undefined, now)).toBeUndefined();
  });
});

describe('An address', () => {
  it.each([
    ['anna@example.test', 'anna@example.test'],
    ["o'neil+tag=x/y@Example.TEST", "o'neil+tag=x/y@example.test"],
    ['jörg@bücher.test', 'jörg@xn--bcher-kva.test'],
    ['用户@例子.test', '用户@xn--fsqu00a.test'],
  ])('is one mailbox: %s', (address, mailbox) => {
    expect(singleMailbox(address)).toBe(mailbox);
  });
});

describe('A job', () => {
  const claims = Array.from({ length: 7 }, (_, place) => ({
    id: `01990000-0000-7000-8000-00000000000${place}`,
    fence: 12 + place,
  }));

  it('names a few claims, and is named after the first', () => {
    const jobs = jobsOf(claims, 5);
    expect(jobs.map(({ data }) => claimsIn(data))).toStrictEqual([claims.slice(0, 5), claims.slice(5)]);
    expect(jobs.map(({ opts }) => opts.jobId)).toEqual(
      [claims[0]!, claims[5]!].map(({ id, fence }) => `${id}:${fence}`),
    );
    expect(jobsOf([], 5)).toEqual([]);
  });

  it.each([{}, { claims: 'all' }, { claims: ['17', null, `${claims[0]!.id}:`, `${'-'.repeat(36)}:1`] }])(
    'that is not ours names none: %j',
    (data) => {
      expect(claimsIn(data as object)).toEqual([]);
    },
  );
});

describe('The ledger of claims', () => {
  const claim = (id: string, fence = 1): { tenant: string; id: string; fence: number } => ({
    tenant: 'acme',
    id,
    fence,
  });

  it('holds what was neither begun nor given back', () => {
    const ledger = new ClaimLedger();
    ledger.add([claim('a'), claim('b')], 60_000);
    ledger.add([claim('c')], 60_000);
    ledger.remove(claim('b'));
    ledger.remove(claim('c', 2));
    expect(ledger.all().map(({ id }) => id)).toEqual(['a', 'c']);
  });

  it('forgets claims whose lease is over', () => {
    const ledger = new ClaimLedger();
    ledger.add([claim('a')], 0);
    ledger.add([claim('b')], 60_000);
    ledger.add([], 60_000);
    expect(ledger.all().map(({ id }) => id)).toEqual(['b']);
  });
});
