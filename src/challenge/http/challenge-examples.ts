/** Complete requests that work as they stand where policies have these aliases, as in the quickstart. */
export const CREATE_EXAMPLES = {
  EMAIL_OTP: {
    summary: 'A code by e-mail',
    value: { policyAlias: 'password-reset', recipient: 'ada@example.com' },
  },
  EMAIL_OTP_IN_FULL: {
    summary: 'A code by e-mail, with everything that can be said',
    value: {
      policyAlias: 'password-reset',
      recipient: 'ada@example.com',
      subject: 'user-42',
      action: { name: 'password-reset', details: { account: 'ada' } },
      locale: 'nl-BE',
      variables: { name: 'Ada' },
      metadata: { orderId: '1234' },
      client: { ip: '203.0.113.7', id: 'session-9f2c' },
    },
  },
  SMS_OTP: {
    summary: 'A code by SMS that approves one payment',
    value: {
      policyAlias: 'payment-approval',
      recipient: '+31612345678',
      subject: 'user-42',
      action: { name: 'payment', details: { account: 'NL91ABNA0417164300', amount: '12.50' } },
    },
  },
  EMAIL_LINK: {
    summary: 'A link by e-mail that confirms an address',
    value: { policyAlias: 'email-verification', recipient: 'ada@example.com', subject: 'user-42' },
  },
  TOKEN: {
    summary: 'A token, returned to the caller',
    value: { policyAlias: 'app-to-web', subject: 'user-42' },
  },
} as const;

export const ANSWER_EXAMPLES = {
  CODE: { summary: 'A code', value: { answer: '123456' } },
  TOKEN: {
    summary: 'A token of a link, or of TOKEN',
    value: { answer: 'Zm9yIGV4YW1wbGUgb25seTogMzIgYnl0ZXMgb2YgYSB0b2tlbg' },
  },
  WITH_ACTION: {
    summary: 'A code for an action that is checked',
    value: {
      answer: '123456',
      action: { name: 'payment', details: { account: 'NL91ABNA0417164300', amount: '12.50' } },
      client: { ip: '203.0.113.7' },
    },
  },
} as const;

export const COMPLETE_EXAMPLES = {
  PLAIN: { summary: 'Without an action', value: {} },
  WITH_ACTION: {
    summary: 'An action that the policy requires',
    value: { action: { name: 'payment', details: { account: 'NL91ABNA0417164300', amount: '12.50' } } },
  },
} as const;
