import 'reflect-metadata';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../../src/config/domain/configuration.js';
import { completed } from '../../src/policy/domain/conditions.js';
import { ConditionsBody } from '../../src/policy/http/condition.bodies.js';
import { acs, fileOf } from '../support/cli.js';
import { blocksOf, codeSpansOf, readPage, rowsOf } from '../support/docs.js';
import { ROOT } from '../support/image.js';

describe('docs/policies.md', () => {
  const page = readPage('docs/policies.md');

  interface Told {
    readonly type?: unknown;
    readonly isArray?: boolean;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly enum?: readonly string[];
  }

  /** What a property holds, where that is a body of its own: its type is then given by a function. */
  function bodyOf(type: unknown): object | undefined {
    const isBody = typeof type === 'function' && ![String, Boolean, Number].includes(type as never);
    return isBody ? (type as () => { readonly prototype: object })().prototype : undefined;
  }

  /** Every condition by its path, with what the OpenAPI document says of it. */
  function conditionsOf(body: object, prefix = ''): [path: string, told: Told][] {
    const names = Reflect.getMetadata('swagger/apiModelPropertiesArray', body) as readonly string[];
    return names.flatMap((name): [string, Told][] => {
      const key = name.slice(1);
      const told = Reflect.getMetadata('swagger/apiModelProperties', body, key) as Told;
      const inner = bodyOf(told.type);
      return inner
        ? conditionsOf(inner, `${prefix}${key}${told.isArray ? '[]' : ''}.`)
        : [[prefix + key, told]];
    });
  }

  /** What lies at a path; an object where there is nothing, or more than one thing. */
  function valueAt(value: unknown, path: readonly string[]): object | string | number | boolean {
    const [key, ...rest] = path;
    if (typeof value !== 'object' || value === null) return (value as string | number | boolean | null) ?? {};
    return key === undefined ? value : valueAt((value as Record<string, unknown>)[key] ?? {}, rest);
  }

  const rows = new Map(
    rowsOf(/## Conditions\n(.*?)\n## /s.exec(page.text)![1]!).map(([name, usual, bounds]) => [
      name!.replaceAll('`', ''),
      { usual: usual!, bounds: bounds! },
    ]),
  );
  const conditions = conditionsOf(ConditionsBody.prototype);

  it('has every condition, with its bounds', () => {
    expect([...rows.keys()].sort()).toEqual(conditions.map(([path]) => path).sort());
    for (const [path, { minimum, maximum, enum: values }] of conditions) {
      const { bounds } = rows.get(path)!;
      if (minimum !== undefined)
        expect([path, bounds]).toEqual([
          path,
          expect.stringContaining(`${minimum}–${maximum!.toLocaleString('en')}`),
        ]);
      for (const value of values ?? [])
        expect([path, bounds]).toEqual([path, expect.stringContaining(value)]);
    }
  });

  it('has the default of every condition that has one and the same for most types', () => {
    const [email, sms] = [completed('EMAIL_OTP', {}), completed('SMS_OTP', {})];
    for (const [path, { usual }] of rows) {
      const value = valueAt(email, path.split('.'));
      if (typeof value !== 'object')
        expect([path, usual]).toEqual([path, expect.stringContaining(`${value}`)]);
    }
    expect(rows.get('expiresInSeconds')!.usual).toContain(String(sms.expiresInSeconds));
    const daily = [email, sms].map(({ limits }) => limits.at(-1)!.max);
    expect(rows.get('limits[].max')!.usual).toBe(
      `per \`RECIPIENT\` ${email.limits[0]!.max} in ten minutes, and ${daily[0]!} a day by e-mail, ${daily[1]!} by SMS`,
    );
  });

  it('has the configuration that a tenant begins with', () => {
    expect(blocksOf(page, 'json').map((block) => JSON.parse(block) as unknown)).toEqual([DEFAULT_SETTINGS]);
  });

  it('has policies that lint finds nothing wrong with', async () => {
    const configuration = fileOf('configuration.json', {
      ...DEFAULT_SETTINGS,
      links: { allowedOrigins: ['https://app.acme.example'] },
    });
    const files = blocksOf(page, 'yaml').map((block) => fileOf('policies.yaml', block));
    const run = await acs(['policy', 'lint', ...files, '--configuration', configuration]);
    expect(run).toMatchObject({ code: 0, out: ['3 policies, no findings'] });
  });

  it('explains every finding of lint', () => {
    const sources = readdirSync(join(ROOT, 'src', 'template')).map(
      (name) => readPage(`src/template/${name}`).text,
    );
    const made = sources
      .join('')
      .match(/(?<=(?:finding\(\n?\s*(?:\S+,\s*)?|TemplateError\(\s*|code: )')[a-z]+(?:-[a-z]+)*(?=')/g)!;
    const spans = codeSpansOf(page);
    expect(new Set(made).size).toBeGreaterThan(12);
    expect([...new Set(made)].filter((code) => !spans.includes(code))).toEqual([]);
  });
});
