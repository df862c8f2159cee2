/** What the quickstart puts into each development tenant, through the public API. Change it, delete the data folder, start again. */
export interface TenantSeed {
  readonly client: { readonly id: string; readonly secret: string };
  readonly configuration: Readonly<Record<string, unknown>>;
}

export interface PolicySeed {
  readonly alias: string;
  readonly type: 'EMAIL_OTP' | 'SMS_OTP' | 'EMAIL_LINK' | 'TOKEN';
  readonly [property: string]: unknown;
}

export const TENANT_SEEDS: readonly TenantSeed[] = [
  { client: { id: 'acme', secret: 'acme-secret' }, configuration: configurationOf('Acme', 'acme.example') },
  {
    client: { id: 'globex', secret: 'globex-secret' },
    configuration: configurationOf('Globex', 'globex.example'),
  },
];

export const POLICY_SEEDS: readonly PolicySeed[] = [
  {
    alias: 'password-reset',
    description: 'A code by e-mail before a password is reset',
    type: 'EMAIL_OTP',
    template: {
      defaultLocale: 'en',
      locales: {
        en: {
          subject: '{{ code }} is your code',
          text: 'Your code to reset your password is {{ code }}\nIt is valid for {{ expiresInMinutes }} minutes. If you did not ask for it, ignore this message.',
          html: '<p>Your code to reset your password is <strong>{{ code }}</strong></p><p>It is valid for {{ expiresInMinutes }} minutes. If you did not ask for it, ignore this message.</p>',
        },
        nl: {
          subject: '{{ code }} is uw code',
          text: 'Uw code om uw wachtwoord te herstellen is {{ code }}\nHij is {{ expiresInMinutes }} minuten geldig. Hebt u er niet om gevraagd, negeer dit bericht dan.',
          html: '<p>Uw code om uw wachtwoord te herstellen is <strong>{{ code }}</strong></p><p>Hij is {{ expiresInMinutes }} minuten geldig. Hebt u er niet om gevraagd, negeer dit bericht dan.</p>',
        },
      },
    },
  },
  {
    alias: 'payment-approval',
    description: 'A code by SMS that approves one payment',
    type: 'SMS_OTP',
    conditions: { requireAction: true },
    template: {
      defaultLocale: 'en',
      locales: {
        en: { text: '{{ code }} approves your payment. Never tell it to anyone.' },
        nl: { text: '{{ code }} bevestigt uw betaling. Vertel deze code aan niemand.' },
      },
    },
  },
  {
    alias: 'email-verification',
    description: 'A link that shows who reads an address',
    type: 'EMAIL_LINK',
    purpose: 'ADDRESS_CONFIRMATION',
    conditions: { expiresInSeconds: 86_400 },
    template: {
      defaultLocale: 'en',
      link: 'http://localhost:3000/confirm#challenge={{ challengeId }}&token={{ token }}',
      locales: {
        en: {
          subject: 'Confirm your address',
          text: 'Open this link to confirm your address: {{ link }}',
          html: '<p><a href="{{ link }}">Confirm your address</a></p>',
        },
        nl: {
          subject: 'Bevestig uw adres',
          text: 'Open deze koppeling om uw adres te bevestigen: {{ link }}',
          html: '<p><a href="{{ link }}">Bevestig uw adres</a></p>',
        },
      },
    },
  },
  {
    alias: 'app-to-web',
    description: 'A token with which an app signs its user on to the web',
    type: 'TOKEN',
    conditions: { expiresInSeconds: 60 },
  },
];

function configurationOf(name: string, domain: string): Readonly<Record<string, unknown>> {
  return {
    issuance: {
      enabled: true,
      perRecipient: { max: 10, windowSeconds: 3600 },
      perTenant: { max: 6000, windowSeconds: 60 },
    },
    answers: { failuresPerRecipient: { max: 100, windowSeconds: 86_400 } },
    email: {
      enabled: true,
      from: { name, address: `no-reply@${domain}` },
      replyTo: null,
      blockedDomains: [],
    },
    sms: {
      enabled: true,
      senderId: name.toUpperCase(),
      countries: ['NL', 'BE', 'DE', 'GB', 'US'],
      maxSegments: 2,
    },
    links: { allowedOrigins: ['http://localhost:3000'] },
    retention: { endedChallengeDays: 30 },
  };
}
