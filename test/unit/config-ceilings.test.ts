import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BUILT_IN_CEILINGS, type Ceilings, lowered, overCeilings } from '../../src/config/domain/ceilings.js';
import { ceilingsWith } from '../../src/config/domain/ceilings-overlay.js';
import { DEFAULT_SETTINGS, type Settings } from '../../src/config/domain/configuration.js';
import { contradictions } from '../../src/config/domain/contradictions.js';

function ceilings(overlay: Readonly<Record<string, unknown>>): Ceilings {
  const laid = ceilingsWith(overlay);
  if ('findings' in laid) throw new Error(laid.findings.join());
  return laid.ceilings;
}

const flag = fc.boolean();
const number = fc.integer({ min: 1, max: 200 });
const rate = fc.record({ max: number, windowSeconds: number });
const list = fc.subarray(['NL', 'BE', 'DE', 'GB']);

const anySettings: fc.Arbitrary<Settings> = fc.record({
  issuance: fc.record({ enabled: flag, perRecipient: rate, perTenant: rate }),
  answers: fc.record({ failuresPerRecipient: rate }),
  email: flag.map((enabled) => ({ ...DEFAULT_SETTINGS.email, enabled })),
  sms: fc.record({ enabled: flag, senderId: fc.constant('ACS'), countries: list, maxSegments: number }),
  links: fc.record({ allowedOrigins: list }),
  retention: fc.record({ endedChallengeDays: number }),
});

const anyCeilings: fc.Arbitrary<Ceilings> = fc.record({
  issuance: fc.record({ enabled: flag, perRecipient: rate, perTenant: rate }),
  answers: fc.record({ failuresPerRecipient: rate }),
  email: fc.record({ enabled: flag }),
  sms: fc.record({ enabled: flag, countries: fc.option(list), maxSegments: number }),
  links: fc.record({ allowedOrigins: fc.option(list) }),
  retention: fc.record({ endedChallengeDays: number }),
});

describe('the ceilings of a deployment', () => {
  it('let the defaults through', () => {
    expect(overCeilings(DEFAULT_SETTINGS, BUILT_IN_CEILINGS)).toEqual([]);
    expect(lowered(DEFAULT_SETTINGS, BUILT_IN_CEILINGS)).toEqual(DEFAULT_SETTINGS);
  });

  it('are lowered by what is laid over them, deep', () => {
    const laid = ceilings({
      sms: { maxSegments: 1, countries: ['NL'] },
      issuance: { perTenant: { max: 100 } },
    });
    expect(laid).toEqual({
      ...BUILT_IN_CEILINGS,
      sms: { enabled: true, maxSegments: 1, countries: ['NL'] },
      issuance: { ...BUILT_IN_CEILINGS.issuance, perTenant: { max: 100, windowSeconds: 60 } },
    });
  });

  it.each([
    [{ nope: 1 }, 'nope is no ceiling'],
    [{ sms: { senderId: 'X' } }, 'sms.senderId is no ceiling'],
    [{ sms: { __proto__: null, constructor: 1 } }, 'sms.constructor is no ceiling'],
    [{ sms: 1 }, 'sms must be an object'],
    [{ sms: { maxSegments: '2' } }, 'sms.maxSegments must be a whole number of at least 1'],
    [{ sms: { maxSegments: 0 } }, 'sms.maxSegments must be a whole number of at least 1'],
    [{ sms: { enabled: 1 } }, 'sms.enabled must be true or false'],
    [{ sms: { countries: 'NL' } }, 'sms.countries must be a list of texts or null'],
    [{ links: { allowedOrigins: [1] } }, 'links.allowedOrigins must be a list of texts or null'],
  ])('cannot be %j', (overlay, finding) => {
    expect(ceilingsWith(overlay)).toEqual({ findings: [finding] });
  });

  it('are named by every finding', () => {
    const settings: Settings = {
      ...DEFAULT_SETTINGS,
      issuance: {
        enabled: true,
        perRecipient: { max: 10, windowSeconds: 3_600 },
        perTenant: { max: 50, windowSeconds: 10 },
      },
      sms: { ...DEFAULT_SETTINGS.sms, countries: ['NL', 'BE'], maxSegments: 3 },
      links: { allowedOrigins: ['https://a.example'] },
    };
    const overlay = {
      issuance: { perRecipient: { max: 5 }, perTenant: { max: 100 } },
      email: { enabled: false },
      sms: { maxSegments: 2, countries: ['NL'] },
      links: { allowedOrigins: [] },
    };
    expect(overCeilings(settings, ceilings(overlay)).map(({ pointer, detail }) => [pointer, detail])).toEqual(
      [
        ['/issuance/perRecipient/max', "The deployment's ceiling issuance.perRecipient.max allows 5."],
        [
          '/issuance/perTenant/windowSeconds',
          "The deployment's ceiling issuance.perTenant.windowSeconds allows 30.",
        ],
        ['/email/enabled', "The deployment's ceiling email.enabled allows false."],
        ['/sms/countries/1', "The deployment's ceiling sms.countries does not list this value."],
        ['/sms/maxSegments', "The deployment's ceiling sms.maxSegments allows 2."],
        [
          '/links/allowedOrigins/0',
          "The deployment's ceiling links.allowedOrigins does not list this value.",
        ],
      ],
    );
  });

  it('are never exceeded once settings are lowered to them', () => {
    fc.assert(
      fc.property(anySettings, anyCeilings, (settings, limits) => {
        const low = lowered(settings, limits);
        expect(overCeilings(low, limits)).toEqual([]);
        expect(low.issuance.perTenant.max).toBeLessThanOrEqual(limits.issuance.perTenant.max);
        const { perTenant } = limits.issuance;
        expect(low.issuance.perTenant.max * perTenant.windowSeconds).toBeLessThanOrEqual(
          perTenant.max * low.issuance.perTenant.windowSeconds,
        );
      }),
    );
  });

  it('leave alone what is below them', () => {
    fc.assert(
      fc.property(anySettings, anyCeilings, (settings, limits) => {
        if (overCeilings(settings, limits).length === 0) expect(lowered(settings, limits)).toEqual(settings);
      }),
    );
  });
});

describe('the origins that links may lead to', () => {
  it.each([
    'https://app.acme.example',
    'https://app.acme.example:8443',
    'http://localhost',
    'http://localhost:3000',
    'http://127.0.0.1:1',
    'http://[::1]:3000',
  ])('may be %s', (origin) => {
    expect(contradictions({ ...DEFAULT_SETTINGS, links: { allowedOrigins: [origin] } })).toEqual([]);
  });

  it.each([
    'https://app.acme.example/',
    'https://app.acme.example:443',
    'http://app.acme.example',
    'https://App.acme.example',
    'https://u@app.acme.example',
    'ftp://a.example',
    'null',
    '*',
    'https://*.acme.example',
    'http://localhost.evil.example',
  ])('may not be %s', (origin) => {
    expect(
      contradictions({ ...DEFAULT_SETTINGS, links: { allowedOrigins: ['https://ok.example', origin] } }),
    ).toMatchObject([{ pointer: '/links/allowedOrigins/1', code: 'origin-invalid' }]);
  });
});
