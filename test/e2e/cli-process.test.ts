import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Child } from '../../scripts/quickstart/child.js';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { freePort } from '../../scripts/quickstart/ports.js';
import { generateSecrets } from '../../scripts/quickstart/secrets.js';
import { startAuthorization } from '../support/processes.js';

let authorization: { readonly child: Child; readonly issuer: string };

beforeAll(async () => {
  authorization = await startAuthorization(generateSecrets());
});

afterAll(async () => {
  await authorization.child.stop();
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
}

async function acs(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const entry = fileURLToPath(new URL('../../src/main.acs.js', import.meta.url));
  const child = spawn(process.execPath, [entry, ...args], { env: { ...systemEnvironment(), ...env } });
  const closed = once(child, 'close') as Promise<[number]>;
  const [out, notes, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, out, notes };
}

describe('acs as a process', () => {
  it('prints a token, and the token alone, on standard output', async () => {
    const AUTH_PORT = new URL(authorization.issuer).port;
    const jwt = await acs(['token', '--client', 'globex', '--scope', 'challenge:get', 'challenge:post'], {
      AUTH_PORT,
    });
    expect(jwt).toEqual({
      code: 0,
      out: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/) as unknown,
      notes: '',
    });
    const claims = JSON.parse(Buffer.from(jwt.out.split('.')[1]!, 'base64url').toString()) as Record<
      string,
      unknown
    >;
    expect(claims).toMatchObject({ tenant_id: 'globex', scope: 'challenge:get challenge:post' });
    const opaque = await acs(['token', '--opaque'], { AUTH_PORT });
    expect(opaque).toEqual({ code: 0, out: expect.stringMatching(/^[\w-]{20,}\n$/) as unknown, notes: '' });
  });

  it('ends with 1 on failure and 2 on misuse, and says why on standard error', async () => {
    const failed = await acs(['token'], { AUTH_PORT: String(await freePort()) });
    expect({ code: failed.code, out: failed.out }).toEqual({ code: 1, out: '' });
    expect(failed.notes).toContain('Start it with `npm start`');
    const misused = await acs(['token', '--client', 'nobody']);
    expect({ code: misused.code, out: misused.out }).toEqual({ code: 2, out: '' });
    expect(misused.notes).toContain('it has acme and globex');
  });
});
