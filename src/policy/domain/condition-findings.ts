import type { Finding } from '../../shared/app-error.js';
import type { ChallengeType } from '../../template/template.js';
import { type AllowBlock, type Conditions, DAY_SECONDS, hasCode, type Limit } from './conditions.js';
import type { Purpose } from './policy.js';

/** Longest life of a secret that a person has at hand. */
const SHORT_LIFE_SECONDS = 600;

/** Creates for one recipient: in less than a day, and in a day or more. */
const MAX_CREATES = { short: 30, day: 100 } as const;

/** Conditions that are out of the bounds of their type, contradict one another or could have no effect. */
export function conditionFindings(
  type: ChallengeType,
  purpose: Purpose,
  conditions: Conditions,
): readonly Finding[] {
  return [
    ...expiryFindings(type, purpose, conditions),
    ...codeFindings(type, conditions),
    ...limitFindings(type, conditions.limits),
    ...recipientFindings(type, conditions),
    ...extensionFindings(conditions),
    ...(type === 'TOKEN' ? undeliveredFindings(conditions) : []),
  ];
}

function expiryFindings(type: ChallengeType, purpose: Purpose, { expiresInSeconds }: Conditions): Finding[] {
  const mayBeLong = type === 'TOKEN' || (type === 'EMAIL_LINK' && purpose === 'ADDRESS_CONFIRMATION');
  const most = mayBeLong ? DAY_SECONDS : SHORT_LIFE_SECONDS;
  if (expiresInSeconds <= most) return [];
  const hint = type === 'EMAIL_LINK' && !mayBeLong ? ' unless the purpose is ADDRESS_CONFIRMATION' : '';
  return [
    finding(
      '/conditions/expiresInSeconds',
      'too-large',
      `${type} challenges live ${most} seconds at most${hint}.`,
    ),
  ];
}

function codeFindings(type: ChallengeType, { code }: Conditions): Finding[] {
  if (hasCode(type))
    return code
      ? []
      : [finding('/conditions/code', 'required', `${type} needs a code; leave it out for the default.`)];
  return code ? [notApplicable('/conditions/code', `${type} is answered by a token, not a code.`)] : [];
}

function limitFindings(type: ChallengeType, limits: readonly Limit[]): Finding[] {
  const keys = limits.map(({ per, windowSeconds }) => `${per} ${windowSeconds}`);
  return limits.flatMap(({ per, max, windowSeconds }, index) => {
    const pointer = `/conditions/limits/${index}`;
    const most = windowSeconds < DAY_SECONDS ? MAX_CREATES.short : MAX_CREATES.day;
    return [
      ...(per === 'RECIPIENT' && max > most
        ? [finding(`${pointer}/max`, 'too-large', `A recipient gets ${most} in this window at most.`)]
        : []),
      ...(per === 'RECIPIENT' && type === 'TOKEN'
        ? [notApplicable(`${pointer}/per`, 'TOKEN challenges have no recipient.')]
        : []),
      ...(keys.indexOf(keys[index] ?? '') === index
        ? []
        : [finding(pointer, 'duplicate', 'An earlier limit is per the same and in the same window.')]),
    ];
  });
}

function recipientFindings(
  type: ChallengeType,
  { recipients: { emailDomains, countries } }: Conditions,
): Finding[] {
  const forEmail = type === 'EMAIL_OTP' || type === 'EMAIL_LINK';
  return [
    ...listFindings(
      '/conditions/recipients/emailDomains',
      emailDomains,
      forEmail,
      `${type} sends no e-mail.`,
    ),
    ...listFindings(
      '/conditions/recipients/countries',
      countries,
      type === 'SMS_OTP',
      `${type} sends no SMS.`,
    ),
  ];
}

function listFindings(
  pointer: string,
  { allow, block }: AllowBlock,
  applies: boolean,
  why: string,
): Finding[] {
  if (!applies) return allow.length + block.length === 0 ? [] : [notApplicable(pointer, why)];
  return allow
    .filter((entry) => block.includes(entry))
    .map((entry) => finding(pointer, 'contradiction', `"${entry}" is both allowed and blocked.`));
}

/** A challenge lives a day at most, resends included: one that lives so long from the start cannot be extended. */
function extensionFindings({ expiresInSeconds, resend }: Conditions): Finding[] {
  return resend.extendsExpiry && expiresInSeconds >= DAY_SECONDS
    ? [
        notApplicable(
          '/conditions/resend/extendsExpiry',
          `A challenge lives ${DAY_SECONDS} seconds at most, which these have from the start.`,
        ),
      ]
    : [];
}

function undeliveredFindings({ resend, active }: Conditions): Finding[] {
  return [
    ...(resend.max > 0
      ? [
          notApplicable(
            '/conditions/resend/max',
            'TOKEN challenges are not delivered, so none is sent again.',
          ),
        ]
      : []),
    ...(active.maxPerRecipient !== 1 || active.whenExceeded !== 'SUPERSEDE'
      ? [notApplicable('/conditions/active', 'TOKEN challenges have no recipient.')]
      : []),
  ];
}

function notApplicable(pointer: string, detail: string): Finding {
  return finding(pointer, 'not-applicable', detail);
}

function finding(pointer: string, code: string, detail: string): Finding {
  return { pointer, code, detail };
}
