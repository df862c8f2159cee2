import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { processDataSource } from '../../src/database/data-source.js';
import type { ProcessDataSource } from '../../src/database/process-data-source.js';
import { PgTransactor } from '../../src/database/pg-transactor.js';
import { PolicyTemplateSource } from '../../src/policy/persistence/policy-template-source.js';
import { SqlPolicyReader } from '../../src/policy/persistence/sql-policy-reader.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { type Body, type ManagementApi, startManagementApi, without } from './management-rig.js';

let database: TestDatabase;
let api: ManagementApi;
let api2: ManagementApi;
let dataSource: ProcessDataSource;
let transactor: PgTransactor;

beforeAll(async () => {
  database = await createTestDatabase();
  [api, api2] = await Promise.all([startManagementApi(database.apiUrl), startManagementApi(database.apiUrl)]);
  // The worker's role: what it reads templates as.
  dataSource = await processDataSource({
    url: database.workerUrl,
    poolSize: 4,
    applicationName: 'acs-test',
    entities: [],
  }).initialize();
  transactor = new PgTransactor(dataSource);
});

afterAll(() => Promise.all([api.close(), api2.close(), dataSource.destroy()]));
afterAll(() => database.drop());

async function aPolicy(): Promise<Body> {
  const { body } = await api.as('acme')('POST', '/v1/policies', {
    alias: randomUUID(),
    type: 'SMS_OTP',
    template: { defaultLocale: 'en', locales: { en: { text: '{{ code }}' } } },
  });
  return body;
}

describe('reading policies', () => {
  it('by alias sees every change that was answered, whatever is kept in memory', async () => {
    const reader = new SqlPolicyReader();
    const policy = await aPolicy();
    const read = (alias: string) => transactor.inTenant('acme', (tx) => reader.byAlias(tx, alias));
    for (let version = 1; version <= 50; version += 1) {
      expect(await read(policy.alias)).toMatchObject({
        version,
        description: version === 1 ? null : `${version - 1}`,
      });
      const put = await (version % 2 ? api : api2).as('acme')('PUT', `/v1/policies/${policy.id}`, {
        ...policy,
        version,
        description: `${version}`,
      });
      expect(put.status).toBe(200);
      expect(await read(policy.alias)).toMatchObject({ version: version + 1, description: `${version}` });
    }
    const renamed = randomUUID();
    await api.as('acme')('PUT', `/v1/policies/${policy.id}`, { ...policy, version: 51, alias: renamed });
    expect(await read(policy.alias)).toBeUndefined();
    expect(await read(renamed)).toMatchObject({ id: policy.id, version: 52 });
    await api.as('acme')('DELETE', `/v1/policies/${policy.id}`);
    expect(await read(renamed)).toBeUndefined();
  });

  it('by alias gives the same object while nothing changed, and another policy once the alias is taken over', async () => {
    const reader = new SqlPolicyReader();
    const policy = await aPolicy();
    const read = () => transactor.inTenant('acme', (tx) => reader.byAlias(tx, policy.alias));
    const first = await read();
    expect(await read()).toBe(first);
    await api.as('acme')('DELETE', `/v1/policies/${policy.id}`);
    const content = without(policy, 'id', 'version', 'createdAt', 'updatedAt');
    const successor = (await api.as('acme')('POST', '/v1/policies', content)).body;
    expect(await read()).toMatchObject({ id: successor.id, version: 1 });
  });

  it('by version finds what a challenge was issued under, after an update and a delete', async () => {
    const policy = await aPolicy();
    const path = `/v1/policies/${policy.id}`;
    await api.as('acme')('PUT', path, {
      ...policy,
      template: { ...policy.template, locales: { en: { text: 'Now {{ code }}' } } },
    });
    await api.as('acme')('DELETE', path);
    for (const source of [new SqlPolicyReader(), new SqlPolicyReader()])
      for (let reads = 0; reads < 2; reads += 1) {
        const found = await transactor.inTenant('acme', (tx) => source.version(tx, policy.id, 1));
        expect(found).toMatchObject({
          id: policy.id,
          alias: policy.alias,
          version: 1,
          template: policy.template,
        });
      }
    const templates = new PolicyTemplateSource(new SqlPolicyReader());
    const texts = await transactor.inTenant('acme', async (tx) =>
      Promise.all(
        [1, 2, 3].map(async (version) => (await templates.find(tx, policy.id, version))?.locales['en']?.text),
      ),
    );
    expect(texts).toEqual(['{{ code }}', 'Now {{ code }}', undefined]);
  });

  it('finds nothing of another tenant, kept in memory or not', async () => {
    const reader = new SqlPolicyReader();
    const policy = await aPolicy();
    for (const tenant of ['globex', 'acme', 'globex']) {
      const [byAlias, version] = await transactor.inTenant(tenant, (tx) =>
        Promise.all([reader.byAlias(tx, policy.alias), reader.version(tx, policy.id, 1)]),
      );
      expect([byAlias?.id, version?.id]).toEqual(
        tenant === 'acme' ? [policy.id, policy.id] : [undefined, undefined],
      );
    }
  });
});
