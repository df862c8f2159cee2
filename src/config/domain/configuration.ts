/** At most so many in a window. */
export interface Rate {
  readonly max: number;
  readonly windowSeconds: number;
}

/** The runtime settings of a tenant, which rule all its policies. */
export interface Settings {
  readonly issuance: {
    /** Off: nothing new is issued. */
    readonly enabled: boolean;
    readonly perRecipient: Rate;
    readonly perTenant: Rate;
  };
  readonly answers: {
    /** Wrong answers of one recipient, over all challenges. */
    readonly failuresPerRecipient: Rate;
  };
  readonly email: {
    readonly enabled: boolean;
    readonly from: { readonly name: string; readonly address: string };
    /** An e-mail address. */
    readonly replyTo: string | null;
    /** Each stands for its subdomains too. */
    readonly blockedDomains: readonly string[];
  };
  readonly sms: {
    readonly enabled: boolean;
    readonly senderId: string;
    /** ISO 3166-1 alpha-2; SMS goes nowhere until countries are listed. */
    readonly countries: readonly string[];
    readonly maxSegments: number;
  };
  readonly links: {
    /** Origins (RFC 6454) that the links of EMAIL_LINK templates may lead to. */
    readonly allowedOrigins: readonly string[];
  };
  readonly retention: { readonly endedChallengeDays: number };
}

/** Settings in force, and which version of them; every replacement counts up. */
export interface Configuration extends Settings {
  readonly version: number;
}

/** The version of a tenant that never saved a configuration. */
export const FIRST_VERSION = 1;

/** What rules a tenant until it saves a configuration of its own. */
export const DEFAULT_SETTINGS: Settings = {
  issuance: {
    enabled: true,
    perRecipient: { max: 10, windowSeconds: 3_600 },
    perTenant: { max: 6_000, windowSeconds: 60 },
  },
  answers: { failuresPerRecipient: { max: 100, windowSeconds: 86_400 } },
  email: {
    enabled: true,
    from: { name: 'ACS', address: 'no-reply@localhost' },
    replyTo: null,
    blockedDomains: [],
  },
  sms: { enabled: true, senderId: 'ACS', countries: [], maxSegments: 2 },
  links: { allowedOrigins: [] },
  retention: { endedChallengeDays: 30 },
};

/** Settings that exceed no ceiling and contradict nothing: they stand in for those that cannot be read. */
export const LEAST_SETTINGS: Settings = {
  issuance: {
    enabled: false,
    perRecipient: { max: 1, windowSeconds: 2_592_000 },
    perTenant: { max: 1, windowSeconds: 86_400 },
  },
  answers: { failuresPerRecipient: { max: 1, windowSeconds: 2_592_000 } },
  email: { ...DEFAULT_SETTINGS.email, enabled: false },
  sms: { ...DEFAULT_SETTINGS.sms, enabled: false, maxSegments: 1 },
  links: { allowedOrigins: [] },
  retention: { endedChallengeDays: 1 },
};
