import type { ChallengeType } from '../../template/template.js';

export interface CodeConditions {
  readonly length: number;
  /** UNAMBIGUOUS is Crockford's base32. */
  readonly alphabet: 'DIGITS' | 'UNAMBIGUOUS';
}

export interface Limit {
  readonly per: 'RECIPIENT' | 'SUBJECT' | 'CLIENT_IP' | 'CLIENT_ID' | 'POLICY';
  readonly max: number;
  readonly windowSeconds: number;
}

export interface AllowBlock {
  /** Empty allows all. */
  readonly allow: readonly string[];
  readonly block: readonly string[];
}

/** How a policy's challenges behave. */
export interface Conditions {
  readonly expiresInSeconds: number;
  /** From the right answer to completion. */
  readonly completeWithinSeconds: number;
  readonly maxAttempts: number;
  /** Null for EMAIL_LINK and TOKEN, whose secret is a token. */
  readonly code: CodeConditions | null;
  readonly resend: {
    readonly max: number;
    readonly cooldownSeconds: number;
    readonly secret: 'SAME' | 'NEW';
    readonly extendsExpiry: boolean;
  };
  readonly active: {
    readonly maxPerRecipient: number;
    readonly whenExceeded: 'SUPERSEDE' | 'REJECT';
  };
  readonly limits: readonly Limit[];
  readonly requireAction: boolean;
  readonly recipients: {
    readonly emailDomains: AllowBlock;
    /** ISO 3166-1 alpha-2. */
    readonly countries: AllowBlock;
  };
}

type Asked<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Asked<T[K]> | undefined }
    : T;

/** Conditions as an administrator gives them: whatever is left out gets its default. */
export type AskedConditions = Asked<Conditions>;

export const DAY_SECONDS = 86_400;

const EXPIRES_IN_SECONDS: Readonly<Record<ChallengeType, number>> = {
  EMAIL_OTP: 600,
  SMS_OTP: 300,
  EMAIL_LINK: 600,
  TOKEN: 600,
};

const CODE_LENGTHS: Readonly<Record<CodeConditions['alphabet'], number>> = { DIGITS: 6, UNAMBIGUOUS: 8 };

/** Creates for one recipient in a day; none is counted where nothing is delivered. */
const DAILY_CREATES: Readonly<Record<ChallengeType, number | null>> = {
  EMAIL_OTP: 20,
  SMS_OTP: 10,
  EMAIL_LINK: 20,
  TOKEN: null,
};

/** Whether a type's secret is a code that a person types. */
export function hasCode(type: ChallengeType): boolean {
  return type === 'EMAIL_OTP' || type === 'SMS_OTP';
}

/** The conditions in full. */
export function completed(type: ChallengeType, asked: AskedConditions): Conditions {
  const { resend, active, recipients } = asked;
  return {
    expiresInSeconds: asked.expiresInSeconds ?? EXPIRES_IN_SECONDS[type],
    completeWithinSeconds: asked.completeWithinSeconds ?? 300,
    maxAttempts: asked.maxAttempts ?? 5,
    code: completedCode(type, asked.code),
    resend: {
      max: resend?.max ?? (type === 'TOKEN' ? 0 : 3),
      cooldownSeconds: resend?.cooldownSeconds ?? 30,
      secret: resend?.secret ?? 'SAME',
      extendsExpiry: resend?.extendsExpiry ?? false,
    },
    active: {
      maxPerRecipient: active?.maxPerRecipient ?? 1,
      whenExceeded: active?.whenExceeded ?? 'SUPERSEDE',
    },
    limits: asked.limits ?? defaultLimits(type),
    requireAction: asked.requireAction ?? false,
    recipients: {
      emailDomains: completedList(recipients?.emailDomains),
      countries: completedList(recipients?.countries),
    },
  };
}

function completedCode(type: ChallengeType, asked: AskedConditions['code']): CodeConditions | null {
  if (asked === null || (asked === undefined && !hasCode(type))) return null;
  const alphabet = asked?.alphabet ?? 'DIGITS';
  return { length: asked?.length ?? CODE_LENGTHS[alphabet], alphabet };
}

function completedList(asked: Asked<AllowBlock> | undefined): AllowBlock {
  return { allow: asked?.allow ?? [], block: asked?.block ?? [] };
}

function defaultLimits(type: ChallengeType): readonly Limit[] {
  const daily = DAILY_CREATES[type];
  if (daily === null) return [];
  return [
    { per: 'RECIPIENT', max: 5, windowSeconds: 600 },
    { per: 'RECIPIENT', max: daily, windowSeconds: DAY_SECONDS },
  ];
}
