import type { Finding } from '../../shared/app-error.js';
import type { Rate, Settings } from './configuration.js';

/**
 * What no tenant's configuration exceeds, in the configuration's own shape. A number is the highest allowed; a
 * rate allows no higher `max` and no more per second; `false` keeps a switch off; a list holds the only values
 * allowed, null any.
 */
export interface Ceilings {
  readonly issuance: { readonly enabled: boolean; readonly perRecipient: Rate; readonly perTenant: Rate };
  readonly answers: { readonly failuresPerRecipient: Rate };
  readonly email: { readonly enabled: boolean };
  readonly sms: {
    readonly enabled: boolean;
    readonly countries: readonly string[] | null;
    readonly maxSegments: number;
  };
  readonly links: { readonly allowedOrigins: readonly string[] | null };
  readonly retention: { readonly endedChallengeDays: number };
}

/** The ceilings of a deployment that sets none. */
export const BUILT_IN_CEILINGS: Ceilings = {
  issuance: {
    enabled: true,
    perRecipient: { max: 100, windowSeconds: 60 },
    perTenant: { max: 1_000_000, windowSeconds: 60 },
  },
  answers: { failuresPerRecipient: { max: 100, windowSeconds: 86_400 } },
  email: { enabled: true },
  sms: { enabled: true, countries: null, maxSegments: 6 },
  links: { allowedOrigins: null },
  retention: { endedChallengeDays: 365 },
};

/** The settings, lowered where they exceed a ceiling: those of a tenant that saved them under higher ones. */
export function lowered(settings: Settings, ceilings: Ceilings): Settings {
  const { issuance, answers, email, sms, links, retention } = settings;
  return {
    issuance: {
      enabled: issuance.enabled && ceilings.issuance.enabled,
      perRecipient: loweredRate(issuance.perRecipient, ceilings.issuance.perRecipient),
      perTenant: loweredRate(issuance.perTenant, ceilings.issuance.perTenant),
    },
    answers: {
      failuresPerRecipient: loweredRate(answers.failuresPerRecipient, ceilings.answers.failuresPerRecipient),
    },
    email: { ...email, enabled: email.enabled && ceilings.email.enabled },
    sms: {
      ...sms,
      enabled: sms.enabled && ceilings.sms.enabled,
      countries: allowedOf(sms.countries, ceilings.sms.countries),
      maxSegments: Math.min(sms.maxSegments, ceilings.sms.maxSegments),
    },
    links: { allowedOrigins: allowedOf(links.allowedOrigins, ceilings.links.allowedOrigins) },
    retention: {
      endedChallengeDays: Math.min(retention.endedChallengeDays, ceilings.retention.endedChallengeDays),
    },
  };
}

/** Every setting that exceeds a ceiling, by JSON pointer, with the name of the ceiling. */
export function overCeilings(settings: Settings, ceilings: Ceilings): readonly Finding[] {
  return differences(settings, lowered(settings, ceilings), []);
}

function differences(asked: unknown, allowed: unknown, path: readonly (string | number)[]): Finding[] {
  if (Array.isArray(asked) && Array.isArray(allowed))
    return asked.flatMap((item: unknown, index) =>
      allowed.includes(item) ? [] : [overCeiling([...path, index], 'does not list this value')],
    );
  if (isObject(asked) && isObject(allowed))
    return Object.entries(asked).flatMap(([key, member]) =>
      differences(member, allowed[key], [...path, key]),
    );
  return asked === allowed ? [] : [overCeiling(path, `allows ${String(allowed)}`)];
}

function overCeiling(path: readonly (string | number)[], allows: string): Finding {
  const ceiling = path.filter((key) => typeof key === 'string').join('.');
  return {
    pointer: `/${path.join('/')}`,
    code: 'over-ceiling',
    detail: `The deployment's ceiling ${ceiling} ${allows}.`,
  };
}

/** No higher maximum, and a window long enough that no more happens per second. */
function loweredRate({ max, windowSeconds }: Rate, ceiling: Rate): Rate {
  const allowed = Math.min(max, ceiling.max);
  return {
    max: allowed,
    windowSeconds: Math.max(windowSeconds, Math.ceil((allowed * ceiling.windowSeconds) / ceiling.max)),
  };
}

function allowedOf(asked: readonly string[], ceiling: readonly string[] | null): readonly string[] {
  return ceiling === null ? asked : asked.filter((value) => ceiling.includes(value));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
