/** A policy whose messages name their challenge, so that a proof finds the code of each; nothing limits it. */
export function emailCodePolicy(alias: string, conditions: object = {}): object {
  return {
    alias,
    type: 'EMAIL_OTP',
    conditions: { limits: [], ...conditions },
    template: {
      defaultLocale: 'en',
      locales: { en: { subject: 'Code', text: 'For {{ challengeId }}: <{{ code }}>' } },
    },
  };
}

/** As `emailCodePolicy`, by SMS. */
export function smsCodePolicy(alias: string, conditions: object = {}): object {
  return {
    alias,
    type: 'SMS_OTP',
    conditions: { limits: [], ...conditions },
    template: { defaultLocale: 'en', locales: { en: { text: 'For {{ challengeId }}: <{{ code }}>' } } },
  };
}

/** A token that the create returns. */
export function tokenPolicy(alias: string, conditions: object = {}): object {
  return { alias, type: 'TOKEN', conditions: { limits: [], ...conditions } };
}
