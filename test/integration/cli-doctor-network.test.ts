import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { issuer } from '../../scripts/quickstart/environment.js';
import { freePort } from '../../scripts/quickstart/ports.js';
import { generateSecrets } from '../../scripts/quickstart/secrets.js';
import { type Diagnosis, doctor } from '../support/cli.js';
import { startAuthorization } from '../support/processes.js';
import { describeOnRedis, redisServerUrl } from '../support/redis-server.js';

const secrets = generateSecrets();

describe('doctor on Redis', () => {
  it('is content without one, and fails on one that does not answer', async () => {
    expect((await doctor({})).of('redis')).toMatch(/^ok REDIS_URL is not set/);
    const { of } = await doctor({ REDIS_URL: `redis://:hunter2@127.0.0.1:${await freePort()}` });
    expect(of('redis')).toBe('fail refused the connection: nothing listens there (REDIS_URL)');
  });

  it('fails on one that may evict jobs', async () => {
    const redis = await listen(evictingRedis());
    const { of } = await doctor({ REDIS_URL: `redis://127.0.0.1:${portOf(redis)}` });
    redis.close();
    expect(of('redis')).toMatch(/^fail Redis has maxmemory-policy allkeys-lru .*noeviction/);
  });
});

describeOnRedis('doctor on a real Redis', () => {
  it('finds it healthy, and tells a wrong password without showing it', async () => {
    expect((await doctor({ REDIS_URL: redisServerUrl() })).of('redis')).toBe(
      'ok answers, and evicts nothing',
    );
    const url = new URL(redisServerUrl()!);
    url.username = 'nobody';
    url.password = 'hunter2';
    const { of, lines } = await doctor({ REDIS_URL: url.href });
    expect(of('redis')).toMatch(/^fail refused the user or the password/);
    expect(lines.join('\n')).not.toContain('hunter2');
  });
});

describe('doctor on providers', () => {
  it('greets mail servers as they are configured, and sends nothing', async () => {
    let mails = 0;
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, done) => {
        done(password === 'right' ? null : new Error('Refused'), { user: 'user' });
      },
      onMailFrom: (_address, _session, done) => {
        mails += 1;
        done();
      },
    });
    const smtp = await listen(server.server);
    const at = `127.0.0.1:${portOf(smtp)}`;
    const { lines } = await doctor({
      EMAIL_PROVIDERS: [
        `smtp://${at}?tls=off`,
        `smtp://user:right@${at}?tls=off`,
        `smtp://user:hunter2@${at}?tls=off`,
        `smtp://${at}`,
        `smtps://${at}`,
        `smtp://127.0.0.1:${await freePort()}?tls=off`,
      ].join(' '),
      SMS_PROVIDERS: `mail-gateway://${at}?domain=sms.localhost&from=sms@acs.localhost`,
    });
    await new Promise<void>((resolve) => {
      server.close(resolve);
    });
    const found = lines
      .filter((line) => /e-mail smtp|SMS mail/.test(line))
      .map((line) => line.replace(/127\S+: /, ''));
    expect(found).toEqual([
      'ok    e-mail smtp://greets',
      'ok    e-mail smtp://greets, and takes the login',
      'fail  e-mail smtp://refused the user or the password',
      'fail  e-mail smtp://offers no encryption that can be used; see tls= of its DSN',
      'fail  e-mail smtps://does not speak TLS',
      'fail  e-mail smtp://refused the connection: nothing listens there',
      'ok    SMS mail-gateway://greets',
    ]);
    expect(lines.join('\n')).not.toContain('hunter2');
    expect(mails).toBe(0);
  });

  it('reaches gateways without asking them anything', async () => {
    let requests = 0;
    const http = await listen(
      createHttpServer((_request, response) => {
        requests += 1;
        response.end();
      }),
    );
    const at = `127.0.0.1:${portOf(http)}`;
    const { lines } = await doctor({
      SMS_PROVIDERS: [
        `gateway+http://${at}/send?secret=hunter2`,
        `gateway+https://${at}/send?secret=hunter2`,
        `twilio://AC1:hunter2@${at}?from=%2B15550100&scheme=http`,
      ].join(' '),
    });
    http.close();
    expect(lines.filter((line) => line.includes('SMS '))).toEqual([
      `ok    SMS gateway+http://${at}: can be reached`,
      `fail  SMS gateway+https://${at}: does not speak TLS`,
      `ok    SMS twilio://${at}: can be reached`,
    ]);
    expect(lines.join('\n')).not.toContain('hunter2');
    expect(requests).toBe(0);
  });
});

describe('doctor on issuers', () => {
  it('fetches keys and asks for introspection as the API does', async () => {
    const authorization = await startAuthorization(secrets);
    const entry = issuer(authorization.issuer, secrets.introspectionSecret);
    const check = (...issuers: unknown[]): Promise<Diagnosis> =>
      doctor({ AUTH_ISSUERS: JSON.stringify(issuers) });
    const subject = `issuer ${authorization.issuer}`;

    const healthy = await check(entry);
    expect(healthy.of(subject)).toBe('ok its keys can be had\nok its introspection endpoint answers');

    const wrongSecret = await check(issuer(authorization.issuer, 'hunter2'));
    expect(wrongSecret.code).toBe(1);
    expect(wrongSecret.of(subject)).toMatch(/\nfail its introspection endpoint does not answer as it should/);
    expect(wrongSecret.lines.join('\n')).not.toContain('hunter2');

    const elsewhere = `${authorization.issuer}/other`;
    expect((await check({ ...entry, issuer: elsewhere })).of(`issuer ${elsewhere}`)).toMatch(
      /^fail its keys cannot be had: The issuer publishes no metadata/,
    );
    const jwksUri = `${authorization.issuer}/nothing`;
    expect((await check({ ...entry, jwksUri })).of(subject)).toMatch(
      /^fail its keys cannot be had: .*answers 404/,
    );
    await authorization.child.stop();
    expect((await check(entry)).of(subject)).toMatch(/^fail its host refused the connection/);
  });
});

async function listen<T extends Server>(server: T): Promise<T> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** As much of Redis as is asked of it. */
function evictingRedis(): Server {
  const memory = 'maxmemory_policy:allkeys-lru\r\nredis_version:7.0.0\r\n';
  return createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const [, command = ''] of data.toString().matchAll(/^(info|ping|client|select|hello)\r$/gim))
        socket.write(/info/i.test(command) ? `$${memory.length}\r\n${memory}\r\n` : '+OK\r\n');
    });
  });
}
