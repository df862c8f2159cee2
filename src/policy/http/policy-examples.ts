/** Complete requests, one for each type; each creates a policy as it stands. */
export const POLICY_EXAMPLES = {
  EMAIL_OTP: {
    summary: 'A code by e-mail',
    value: {
      alias: 'example-email-code',
      description: 'Before a password is reset',
      type: 'EMAIL_OTP',
      conditions: {
        expiresInSeconds: 300,
        maxAttempts: 5,
        code: { length: 6, alphabet: 'DIGITS' },
        resend: { max: 3, cooldownSeconds: 30, secret: 'SAME', extendsExpiry: false },
        active: { maxPerRecipient: 1, whenExceeded: 'SUPERSEDE' },
        limits: [{ per: 'RECIPIENT', max: 5, windowSeconds: 3_600 }],
      },
      template: {
        defaultLocale: 'en',
        locales: {
          en: {
            subject: 'Your code is {{ code }}',
            text: 'Your code is {{ code }}. It expires in {{ expiresInMinutes }} minutes.\n\nDid you not ask for it? Then ignore this message.\n',
            html: '<p>Your code is <strong>{{ code }}</strong>.</p><p>It expires in {{ expiresInMinutes }} minutes.</p><p>Did you not ask for it? Then ignore this message.</p>',
          },
          nl: {
            subject: 'Uw code is {{ code }}',
            text: 'Uw code is {{ code }}. Deze verloopt over {{ expiresInMinutes }} minuten.\n',
          },
        },
      },
    },
  },
  SMS_OTP: {
    summary: 'A code by SMS, bound to an origin',
    value: {
      alias: 'example-sms-code',
      description: 'Before a payment is made',
      type: 'SMS_OTP',
      conditions: { expiresInSeconds: 300, maxAttempts: 3, requireAction: true },
      template: {
        defaultLocale: 'en',
        originDomain: 'app.acme.example',
        locales: {
          en: { text: '{{ code }} approves your payment. Never share it.' },
          nl: { text: '{{ code }} keurt uw betaling goed. Deel deze code nooit.' },
        },
      },
    },
  },
  EMAIL_LINK: {
    summary: 'A link by e-mail; the configuration must allow its origin',
    value: {
      alias: 'example-email-link',
      description: 'Shows that an address belongs to its account',
      type: 'EMAIL_LINK',
      purpose: 'ADDRESS_CONFIRMATION',
      conditions: { expiresInSeconds: 86_400 },
      template: {
        defaultLocale: 'en',
        link: 'http://localhost:3000/confirm?challenge={{ challengeId }}#token={{ token }}',
        locales: {
          en: {
            subject: 'Confirm your address',
            text: 'Open this link to confirm your address:\n\n{{ link }}\n',
            html: '<p><a href="{{ link }}">Confirm your address</a></p>',
          },
        },
      },
    },
  },
  TOKEN: {
    summary: 'A token that the caller hands on itself',
    value: {
      alias: 'example-token',
      description: 'Signs a person of the app on to the web site',
      type: 'TOKEN',
      conditions: { expiresInSeconds: 120, completeWithinSeconds: 60, maxAttempts: 1 },
    },
  },
} as const;

/** The same, as a replacement of version 1. */
export const REPLACE_EXAMPLES = Object.fromEntries(
  Object.entries(POLICY_EXAMPLES).map(([name, { summary, value }]) => [
    name,
    { summary, value: { ...value, version: 1 } },
  ]),
);

export const PREVIEW_EXAMPLES = {
  PLAIN: { summary: 'In the default locale', value: {} },
  IN_FULL: {
    summary: 'In Dutch, with a value and a recipient',
    value: { locale: 'nl-BE', variables: { name: 'Ada' }, recipient: 'ada@example.com' },
  },
} as const;
