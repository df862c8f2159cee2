import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { KeyRing } from '../../src/keys/key-ring.js';

const old = { id: 'k1', bytes: randomBytes(32) };
const fresh = { id: 'k2', bytes: randomBytes(32) };

describe('the key ring', () => {
  const ring = new KeyRing([old]);

  it('opens what it sealed, for the same tenant and row alone', () => {
    const envelope = ring.seal('acme', 'row-1', 'a secret');
    expect(ring.open('acme', 'row-1', envelope).toString()).toBe('a secret');
    expect(() => ring.open('globex', 'row-1', envelope)).toThrow();
    expect(() => ring.open('acme', 'row-2', envelope)).toThrow();
  });

  it('refuses an envelope in which any byte was changed', () => {
    const envelope = ring.seal('acme', 'row-1', 'a secret');
    for (let index = 0; index < envelope.length; index += 1) {
      const altered = Buffer.from(envelope);
      altered[index] = altered[index]! ^ 1;
      expect(() => ring.open('acme', 'row-1', altered)).toThrow();
    }
  });

  it('never seals alike twice, and holds nothing readable', () => {
    const envelopes = [1, 2].map(() => ring.seal('acme', 'row-1', 'ada@example.com'));
    expect(envelopes[0]!.equals(envelopes[1]!)).toBe(false);
    expect(envelopes[0]!.includes('ada')).toBe(false);
  });

  it('reads with every key and writes with the first', () => {
    const rotated = new KeyRing([fresh, old]);
    expect(rotated.open('acme', 'row-1', ring.seal('acme', 'row-1', 'x')).toString()).toBe('x');
    expect(() => ring.open('acme', 'row-1', rotated.seal('acme', 'row-1', 'x'))).toThrow('no key "k2"');
    expect(rotated.mac('acme', 'answer', ['x'], 'k1')).toEqual(ring.mac('acme', 'answer', ['x']));
    expect(rotated.mac('acme', 'answer', ['x'])).not.toEqual(ring.mac('acme', 'answer', ['x']));
  });

  it('has a key of its own for each tenant and purpose', () => {
    const macs = [
      ring.mac('acme', 'answer', ['x']),
      ring.mac('globex', 'answer', ['x']),
      ring.mac('acme', 'index', ['x']),
      ring.mac('acme', 'cursor', ['x']),
    ].map((mac) => mac.toString('hex'));
    expect(new Set(macs).size).toBe(macs.length);
  });

  it('does not let the parts of a message run into one another', () => {
    expect(ring.mac('acme', 'index', ['ab', 'c'])).not.toEqual(ring.mac('acme', 'index', ['a', 'bc']));
    expect(ring.mac('acme', 'index', ['ab'])).not.toEqual(ring.mac('acme', 'index', ['ab', '']));
  });
});
