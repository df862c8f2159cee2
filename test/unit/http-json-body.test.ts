import { describe, expect, it } from '@jest/globals';
import { readJsonBody } from '../../src/http/json-body.js';
import { AppError } from '../../src/shared/app-error.js';

function refusalOf(body: string | Buffer): AppError {
  try {
    readJsonBody(Buffer.from(body as string));
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('The body was taken');
}

describe('a JSON body', () => {
  it('is the value it says, and an empty object when empty', () => {
    expect(readJsonBody(Buffer.from('{"a":[1,"é",null]}'))).toEqual({ a: [1, 'é', null] });
    expect(readJsonBody(Buffer.alloc(0))).toEqual({});
  });

  it.each(['{', 'nope', '{"a":1,}', Buffer.from([0x22, 0xff, 0x22])])('is malformed as %j', (body) => {
    expect(refusalOf(body).code).toBe('request-malformed');
  });

  it('is refused with every finding when it holds what cannot be stored', () => {
    const error = refusalOf('{"a":"x\\u0000","b":["\\ud800"],"c":1e999,"d/e":"\\udfff"}');
    expect(error.code).toBe('request-invalid');
    expect(error.details.errors?.map(({ pointer }) => pointer)).toEqual(['/a', '/b/0', '/c', '/d~1e']);
  });

  it.each(['null', '[]', '"text"', '12', 'true'])('is refused when it is no object but %s', (body) => {
    expect(refusalOf(body).details.errors).toMatchObject([{ pointer: '', code: 'type' }]);
  });

  it('is refused when nested too deeply, however deep', () => {
    expect(refusalOf('['.repeat(30_000) + ']'.repeat(30_000)).details.errors?.[0]?.code).toBe('too-deep');
  });

  it('cannot reach the prototype of anything', () => {
    expect(refusalOf('{"__proto__":{"admin":true}}').details.errors).toMatchObject([
      { pointer: '/__proto__' },
    ]);
    expect(refusalOf('{"a":{"constructor":null,"prototype":"","toString":""}}').details.errors).toMatchObject(
      [{ pointer: '/a/constructor' }, { pointer: '/a/prototype' }, { pointer: '/a/toString' }],
    );
  });
});
