/** A complete request, as it stands. */
export const CONFIGURATION_EXAMPLES = {
  COMPLETE: {
    summary: 'Every property; send `If-Match` too, or `version`, to replace what you read and nothing newer',
    value: {
      issuance: {
        enabled: true,
        perRecipient: { max: 10, windowSeconds: 3_600 },
        perTenant: { max: 6_000, windowSeconds: 60 },
      },
      answers: { failuresPerRecipient: { max: 100, windowSeconds: 86_400 } },
      email: {
        enabled: true,
        from: { name: 'Acme', address: 'no-reply@acme.example' },
        replyTo: null,
        blockedDomains: [],
      },
      sms: { enabled: true, senderId: 'ACME', countries: ['NL', 'BE', 'DE', 'GB', 'US'], maxSegments: 2 },
      links: { allowedOrigins: ['https://app.acme.example', 'http://localhost:3000'] },
      retention: { endedChallengeDays: 30 },
    },
  },
} as const;
