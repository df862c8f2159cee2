import { describe, expect, it } from '@jest/globals';
import { DEVELOPMENT_CLIENTS, OPAQUE_RESOURCE } from '../../scripts/quickstart/development-clients.js';
import { PORT_DEFAULTS } from '../../scripts/quickstart/settings.js';
import { parseTimePoint, timeOf } from '../../src/cli/audit/time-point.js';
import { networkFault } from '../../src/cli/network-fault.js';
import { differences } from '../../src/cli/policy/differences.js';
import * as quickstart from '../../src/cli/quickstart.js';
import { plainText } from '../../src/cli/terminal.js';
import { acs } from '../support/cli.js';

describe('the command line', () => {
  it.each([
    [['--help']],
    [['audit', '--help']],
    [['policy', 'lint', '--help']],
    [['policy', 'apply', '--help']],
  ])('explains itself: %j', async (args) => {
    const { code, out } = await acs(args);
    expect(code).toBe(0);
    expect(out[0]).toMatch(/^Usage: acs/);
  });

  it.each([
    [[]],
    [['nonsense']],
    [['audit']],
    [['audit', '--tenant', 'acme', '--since', 'yesterday']],
    [['audit', '--tenant', 'acme', '--since', '2026-01-01T00:00']],
    [['audit', '--tenant', 'acme', '--object', '42']],
    [['audit', '--tenant', 'acme', '--limit', '0']],
    [['audit', '--tenant', 'acme', '--follow', '--until', '1h']],
    [['policy', 'lint']],
    [['policy', 'lint', 'a.yaml', '--api', 'localhost']],
    [['token', '--client', 'constructor']],
  ])('says by exit code 2 that it was asked wrongly: %j', async (args) => {
    const { code, out, notes } = await acs(args);
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(notes.join('\n')).not.toBe('');
  });

  it('says by exit code 1 what is missing', async () => {
    const { code, notes } = await acs(['audit', '--tenant', 'acme']);
    expect(code).toBe(1);
    expect(notes.join('\n')).toContain('DATABASE_URL is not set');
  });

  it('tells how to start the server that gives development tokens', async () => {
    const { code, out, notes } = await acs(['token'], { env: { AUTH_PORT: '1' } });
    expect({ code, out }).toEqual({ code: 1, out: [] });
    expect(notes.join('\n')).toContain('npm start');
  });

  it("knows the quickstart's clients, port and resource", () => {
    expect(quickstart.QUICKSTART_CLIENTS).toEqual(
      Object.fromEntries(DEVELOPMENT_CLIENTS.map(({ id, secret }) => [id, secret])),
    );
    expect(DEVELOPMENT_CLIENTS.every(({ id, tenant }) => id === tenant)).toBe(true);
    expect(quickstart.OPAQUE_RESOURCE).toBe(OPAQUE_RESOURCE);
    expect(quickstart.quickstartTokenUrl({})).toBe(`http://localhost:${PORT_DEFAULTS.AUTH_PORT}/token`);
  });
});

describe('a point in time', () => {
  const now = new Date('2026-03-01T12:00:00Z');

  it.each([
    ['2026-01-01', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00Z', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01 02:00:30.5+02:00', '2026-01-01T00:00:30.500Z'],
    ['30s', '2026-03-01T11:59:30.000Z'],
    ['90m', '2026-03-01T10:30:00.000Z'],
    ['1h', '2026-03-01T11:00:00.000Z'],
    ['7d', '2026-02-22T12:00:00.000Z'],
  ])('is read from %s', (text, time) => {
    expect(timeOf(parseTimePoint(text), now).toISOString()).toBe(time);
  });

  it.each(['', '1', 'h', '1w', '2026-13-01', '2026-01-01T00:00', '01/02/2026', '-1h'])(
    'is not read from %j',
    (text) => {
      expect(() => parseTimePoint(text)).toThrow('Give a time');
    },
  );
});

describe('what differs between two policies', () => {
  it('is told by JSON pointer, whatever the order of members', () => {
    const left = { a: { b: 1, 'c/d': [1, 2] }, e: null, gone: 1 };
    expect(differences(left, { gone: 1, e: null, a: { 'c/d': [1, 2], b: 1 } })).toEqual([]);
    expect(differences(left, { a: { b: 2, 'c/d': [1, 3, 4] }, e: {}, come: 1 })).toEqual([
      '/a/b',
      '/a/c~1d/1',
      '/a/c~1d/2',
      '/e',
      '/gone',
      '/come',
    ]);
    expect(differences([], {})).toEqual(['']);
  });
});

describe('text from elsewhere', () => {
  it('cannot command the terminal', () => {
    expect(plainText('a\u001b[31m\r\nb\u202ec')).toBe('a\uFFFD[31m\uFFFD\uFFFDb\uFFFDc');
  });

  it('is not quoted from errors', () => {
    const inner = Object.assign(new Error('password=hunter2'), { code: 'ECONNREFUSED' });
    expect(networkFault(new TypeError('fetch failed', { cause: inner }))).toBe(
      'refused the connection: nothing listens there',
    );
    expect(networkFault(new Error('hunter2'))).toBe('cannot be used');
  });
});
