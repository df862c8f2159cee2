import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parseEnv } from 'node:util';
import { SCOPES } from '../../src/auth/require-scopes.js';
import { loadApiEnvironment } from '../../src/environment/api-environment.js';
import { loadMigratorEnvironment } from '../../src/environment/migrator-environment.js';
import { loadWorkerEnvironment } from '../../src/environment/worker-environment.js';
import { ROOT } from '../support/image.js';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
}

interface Mapper {
  readonly protocolMapper: string;
  readonly config: Readonly<Record<string, string>>;
}

interface Realm {
  readonly clientScopes: readonly { readonly name: string; readonly protocolMappers?: readonly Mapper[] }[];
  readonly clients: readonly {
    readonly clientId: string;
    readonly secret: string;
    readonly defaultClientScopes: readonly string[];
    readonly protocolMappers: readonly Mapper[];
  }[];
}

const docker = join(ROOT, 'docker');
const source = readFileSync(join(docker, 'compose.yaml'), 'utf8');
const { services } = parse(source, { merge: true }) as { services: Record<string, Service> };
const realm = JSON.parse(readFileSync(join(docker, 'keycloak', 'acs-realm.json'), 'utf8')) as Realm;
const folder = mkdtempSync(join(tmpdir(), 'acs-compose-'));
const secretsFile = join(folder, '.env');
const made = spawnSync('sh', [join(docker, 'compose.secrets.sh'), secretsFile], { encoding: 'utf8' });
const secrets = parseEnv(readFileSync(secretsFile, 'utf8'));

/** A service's environment as Compose fills it in, and the keys of it that were read. */
const environmentOf = (name: string): { env: NodeJS.ProcessEnv; read: Set<string> } => {
  const filled = Object.entries(services[name]!.environment ?? {}).map(([key, value]) => [
    key,
    value.replace(/\$\{(\w+)(?::\?[^}]*)?\}/g, (_whole, secret: string) => secrets[secret] ?? ''),
  ]);
  const read = new Set<string>();
  const env = new Proxy(Object.fromEntries(filled) as NodeJS.ProcessEnv, {
    get: (target, key: string) => (read.add(key), target[key]),
  });
  return { env, read };
};

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('compose.secrets.sh', () => {
  it('makes up every secret that compose.yaml asks for, for its owner alone, and overwrites none', () => {
    expect(made.status).toBe(0);
    expect(statSync(secretsFile).mode & 0o077).toBe(0);
    const asked = new Set([...source.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    expect(new Set(Object.keys(secrets))).toEqual(asked);
    expect(new Set(Object.values(secrets)).size).toBe(asked.size);
    spawnSync('sh', [join(docker, 'compose.secrets.sh'), secretsFile]);
    expect(parseEnv(readFileSync(secretsFile, 'utf8'))).toEqual(secrets);
  });
});

describe('compose.yaml', () => {
  it('gives every process an environment that it accepts, and no key that it does not read', () => {
    const loads = {
      api: loadApiEnvironment,
      worker: loadWorkerEnvironment,
      migrate: loadMigratorEnvironment,
    };
    for (const [name, load] of Object.entries(loads)) {
      const { env, read } = environmentOf(name);
      expect(() => load(env)).not.toThrow();
      expect(Object.keys(env).filter((key) => !read.has(key))).toEqual([]);
      expect(services[name]!.command).toEqual([`dist/src/main.${name}.js`]);
    }
  });

  it('sends what the processes reach to services that there are, by the passwords that these know', () => {
    for (const name of ['api', 'worker', 'migrate']) {
      const hosts = Object.values(environmentOf(name).env).flatMap((value) =>
        [...value!.matchAll(/\w+:\/\/(?:[^@/\s"]*@)?([\w.]+):/g)].map(([, host]) => host!),
      );
      expect(hosts.filter((host) => host !== 'localhost' && !(host in services))).toEqual([]);
    }
    const roles = readFileSync(join(docker, 'postgres', 'roles.sql'), 'utf8');
    for (const [, role, secret] of source.matchAll(/postgres:\/\/(\w+):\$\{(\w+)\}@/g)) {
      expect(roles).toMatch(new RegExp(`CREATE ROLE ${role!} LOGIN`));
      expect(roles).toContain(secret!);
      expect(services['postgres']!.environment).toHaveProperty([secret!]);
    }
  });

  it('waits for health, and for the end of the migrations', () => {
    for (const { depends_on: gates = {} } of Object.values(services)) {
      for (const [other, { condition }] of Object.entries(gates)) {
        if (other === 'migrate') expect(condition).toBe('service_completed_successfully');
        else
          expect([condition, services[other]!.healthcheck?.test]).toEqual([
            'service_healthy',
            expect.anything(),
          ]);
      }
    }
    for (const name of ['api', 'worker'])
      expect(Object.keys(services[name]!.depends_on!)).toContain('migrate');
  });

  it('names exact images, opens ports on loopback alone, and holds no password', () => {
    for (const [name, { image, ports = [], environment = {} }] of Object.entries(services)) {
      expect(image).toMatch(/:(v?\d+\.\d+[\w.-]*|local)$/);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
      for (const [key, value] of Object.entries(environment))
        if (/PASSWORD|SECRET|AUTH$/.test(key))
          expect([name, key, value]).toEqual([name, key, expect.stringMatching(/^\$\{/)]);
    }
    expect(source).not.toMatch(/:\/\/[^@/?\s$]*:[^@/?\s$]+@/);
  });

  it('runs our processes read-only and without capabilities', () => {
    for (const name of ['api', 'worker', 'migrate'])
      expect(services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });
});

describe('The realm of the authorization server', () => {
  const { issuers } = loadApiEnvironment(environmentOf('api').env);
  const [issuer] = issuers;

  it('has every scope of the contract, and a client for each tenant that the API accepts', () => {
    const names = realm.clientScopes.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('challenge:')).sort()).toEqual([...SCOPES].sort());
    expect(realm.clients.map(({ clientId }) => clientId)).toEqual(issuer!.tenants);
    for (const { clientId, secret, defaultClientScopes, protocolMappers } of realm.clients) {
      expect([...defaultClientScopes].sort()).toEqual([...names].sort());
      expect(protocolMappers).toMatchObject([
        { config: { 'claim.name': issuer!.tenantClaim, 'claim.value': clientId } },
      ]);
      expect(services['keycloak']!.environment).toHaveProperty([/^\$\{(\w+)\}$/.exec(secret)![1]!]);
    }
  });

  it('says for whom its tokens are, as the API asks', () => {
    const mappers = realm.clientScopes.flatMap(({ protocolMappers = [] }) => protocolMappers);
    const audience = mappers.find(({ protocolMapper }) => protocolMapper === 'oidc-audience-mapper');
    expect(issuer!.audience).toEqual([audience!.config['included.custom.audience']]);
  });
});
