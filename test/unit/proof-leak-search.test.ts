import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { LeakSearch } from '../support/proof-leak-search.js';

const CODE = 'K7XQ2M9RTW';
const search = new LeakSearch();
search.add('the code', CODE);
search.add('the recipient', 'canary.zx81@leak.example');
search.addCode('the number', '480317');

const sha256 = createHash('sha256').update(CODE).digest();

describe('the search for leaks', () => {
  it.each<[string, string | Buffer]>([
    ['as it is', `{"answer":"${CODE}"}`],
    ['in lower case', CODE.toLowerCase()],
    ['spaced', [...CODE].join(' ')],
    ['in two groups', 'K7XQ2-M9RTW'],
    ['base64', Buffer.from(CODE).toString('base64')],
    ['base64 in a longer text', Buffer.from(`xy${CODE}z`).toString('base64')],
    ['base64url in a longer text', Buffer.from(`x${CODE}~~~`).toString('base64url')],
    ['hex', Buffer.from(CODE).toString('hex').toUpperCase()],
    ['percent-encoded', [...Buffer.from(CODE)].map((byte) => `%${byte.toString(16)}`).join('')],
    [
      'escaped as JSON',
      [...CODE].map((character) => `\\u00${character.charCodeAt(0).toString(16)}`).join(''),
    ],
    ['UTF-16, little end first', Buffer.from(CODE, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(CODE, 'utf16le').swap16()],
    ['UTF-16 in hex', Buffer.from(CODE, 'utf16le').toString('hex')],
    ['hashed', sha256],
    ['hashed, in hex', sha256.toString('hex')],
    ['hashed, in base64', sha256.toString('base64')],
    ['hashed in lower case', createHash('md5').update(CODE.toLowerCase()).digest('hex')],
  ])('finds a value %s', (_how, text) => {
    const hay = Buffer.concat([Buffer.from('before '), Buffer.from(text as string), Buffer.from(' after')]);
    expect(search.find('a log', hay)).toHaveLength(1);
  });

  it.each(['canary.zx81%40leak.example', 'CANARY.ZX81@LEAK.EXAMPLE', '<canary.zx81@leak.example>'])(
    'finds a recipient as %s',
    (text) => {
      expect(search.find('a log', text)).toHaveLength(1);
    },
  );

  it.each(['code 480317.', '"480317"', '480 317', ':480-317,', '4 8 0 3 1 7', 'NDgwMzE3', '343830333137'])(
    'finds a number as %s',
    (text) => {
      expect(search.find('a log', text)).toHaveLength(1);
    },
  );

  it.each([
    '2026-01-01T00:00:00.480317Z',
    '2026-01-01 00:00:00.480317+00',
    '019b7600-0000-7480-3178-000000000001',
    '1480317',
    'a480317',
    CODE.slice(1),
    'canary.zx82@leak.example',
  ])('takes %s for nothing', (text) => {
    expect(search.find('a log', text)).toEqual([]);
  });

  it('says what was found, where and how', () => {
    expect(search.find('a log', `the answer ${CODE}`)).toEqual([
      'the code in a log as "the answer k7xq2m9rtw"',
    ]);
  });
});
