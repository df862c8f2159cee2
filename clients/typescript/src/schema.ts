// Made by `npm run generate:clients` from the OpenAPI document; not to be edited.

export interface paths {
  '/v1/challenges': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Create a challenge
     * @description Issues a one-time challenge under a named policy. Its message is sent at once, outside this request.
     */
    post: operations['createChallenge'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/challenges/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get a challenge
     * @description How a challenge and its newest delivery stand at this instant.
     */
    get: operations['getChallenge'];
    put?: never;
    post?: never;
    /**
     * Cancel a challenge
     * @description Ends a challenge that is ISSUED or VERIFIED. Cancelling it again changes nothing.
     */
    delete: operations['cancelChallenge'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/challenges/{id}/answer': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Answer a challenge
     * @description Checks a code or token. Each answer that is checked counts one attempt, whatever becomes of it; a wrong answer is never a 2xx. Answers at the same time do not wait for one another: while those that came first are being checked, others are refused with `challenge-state-conflict` and `Retry-After`.
     */
    post: operations['answerChallenge'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/challenges/{id}/resend': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Resend a challenge
     * @description Delivers the code or link again to the original recipient. Attempts never reset; while the last one is being checked, nothing is sent. The configuration of today decides: what it no longer lets go to the recipient, or lead to the origin of the link, is refused as a create would be.
     */
    post: operations['resendChallenge'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/challenges/{id}/complete': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Complete a challenge
     * @description Confirms, once, that the action of a verified challenge was approved. Finalise what comes back, and nothing else.
     */
    post: operations['completeChallenge'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/policies': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List policies
     * @description The oldest first, stable while policies come and go.
     */
    get: operations['listPolicies'];
    put?: never;
    /**
     * Create a policy
     * @description Creates version 1. Conditions that are left out get their defaults, which the answer shows; every finding against the policy is in one answer.
     */
    post: operations['createPolicy'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/policies/{id}/versions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the versions of a policy
     * @description The newest first, with who made them; of a deleted policy too.
     */
    get: operations['listPolicyVersions'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/policies/{id}/versions/{version}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get a version of a policy
     * @description As it was made, and by whom; of a deleted policy too.
     */
    get: operations['getPolicyVersion'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/policies/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get a policy
     * @description The current version. It can be sent back by PUT as it is.
     */
    get: operations['getPolicy'];
    /**
     * Replace a policy
     * @description Replaces the policy whole by its next version; challenges under earlier versions keep them. Say which version is replaced: by `If-Match` (412 when stale) or `version` (409).
     */
    put: operations['replacePolicy'];
    post?: never;
    /**
     * Delete a policy
     * @description Nothing new is issued under it; what was issued goes on, and its versions stay readable.
     */
    delete: operations['deletePolicy'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/policies/{id}/preview': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Preview a message
     * @description Renders the message of a policy as it would be sent, with sample values. Nothing is sent.
     */
    post: operations['previewPolicy'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/configuration': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get the configuration
     * @description The runtime settings of the tenant, which rule all its policies.
     */
    get: operations['getConfiguration'];
    /**
     * Replace the configuration
     * @description Replaces every property. The first request that starts after the answer obeys it, on every process. What exceeds a ceiling of the deployment is refused with 422.
     */
    put: operations['replaceConfiguration'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    ActionRequest: {
      /**
       * @description What is to be done; without control characters.
       * @example password-reset
       */
      name: string;
      /**
       * @description What exactly is to be done; compared as canonical JSON (RFC 8785).
       * @example {
       *       "account": "NL91ABNA0417164300",
       *       "amount": "12.50"
       *     }
       */
      details?: {
        [key: string]: unknown;
      };
    };
    EndUserRequest: {
      /**
       * @description The IP address of the end user, an IPv6 address counted as its /64 network; kept only as a keyed hash.
       * @example 203.0.113.7
       */
      ip?: string;
      /**
       * @description An identifier of the end user's device or session; kept only as a keyed hash.
       * @example session-9f2c
       */
      id?: string;
    };
    CreateChallengeRequest: {
      /**
       * @description The policy to use.
       * @example password-reset
       */
      policyAlias: string;
      /**
       * @description E-mail address, or phone number in E.164 form. Required for EMAIL_OTP, EMAIL_LINK and SMS_OTP; refused for TOKEN.
       * @example ada@example.com
       */
      recipient?: string;
      /**
       * @description The consuming service's own identifier of the person.
       * @example user-42
       */
      subject?: string;
      /** @description What the challenge guards. Required where the policy says so. */
      action?: components['schemas']['ActionRequest'];
      /**
       * @description BCP 47; falls back to its language, then to the template's default.
       * @example nl-BE
       */
      locale?: string;
      /**
       * @description Values for the template, without control characters but for line breaks and tabs; without these too where a subject uses them.
       * @example {
       *       "name": "Ada"
       *     }
       */
      variables?: {
        [key: string]: string;
      };
      /**
       * @description Returned as given.
       * @example {
       *       "orderId": "1234"
       *     }
       */
      metadata?: {
        [key: string]: string;
      };
      /** @description The end user behind the request: counted against limits, and kept in the audit trail, as keyed hashes alone. */
      client?: components['schemas']['EndUserRequest'];
    };
    ChallengePolicyResponse: {
      /**
       * Format: uuid
       * @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f
       */
      id: string;
      /** @example password-reset */
      alias: string;
      /**
       * Format: int32
       * @example 3
       */
      version: number;
    };
    ActionResponse: {
      /** @example password-reset */
      name: string;
      details?: {
        [key: string]: unknown;
      };
    };
    AttemptsResponse: {
      /**
       * Format: int32
       * @example 0
       */
      used: number;
      /**
       * Format: int32
       * @example 5
       */
      max: number;
    };
    ResendsResponse: {
      /**
       * Format: int32
       * @example 0
       */
      used: number;
      /**
       * Format: int32
       * @example 3
       */
      max: number;
      /**
       * Format: date-time
       * @description When the next resend is possible; null when none is left.
       * @example 2026-01-31T12:00:00.000Z
       */
      availableAt: string | null;
    };
    DeliveryResponse: {
      /** @enum {string} */
      channel: 'EMAIL' | 'SMS';
      /** @enum {string} */
      status: 'PENDING' | 'SENDING' | 'SENT' | 'DELIVERED' | 'FAILED' | 'UNKNOWN';
      /**
       * Format: int32
       * @example 0
       */
      attempts: number;
      /**
       * Format: date-time
       * @example 2026-01-31T12:00:00.000Z
       */
      sentAt: string | null;
      /**
       * @description Why it failed, as a code.
       * @example null
       */
      error: string | null;
    };
    CreatedChallengeResponse: {
      /**
       * Format: uuid
       * @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f
       */
      id: string;
      /** @enum {string} */
      state: 'ISSUED' | 'VERIFIED' | 'COMPLETED' | 'CANCELLED' | 'EXPIRED' | 'FAILED';
      /**
       * @example null
       * @enum {string|null}
       */
      stateReason:
        'REQUESTED' | 'SUPERSEDED' | 'NOT_ANSWERED' | 'NOT_COMPLETED' | 'ATTEMPTS_EXHAUSTED' | null;
      /** @enum {string} */
      type: 'EMAIL_OTP' | 'SMS_OTP' | 'EMAIL_LINK' | 'TOKEN';
      policy: components['schemas']['ChallengePolicyResponse'];
      /**
       * @description Masked; null for TOKEN.
       * @example a••@e••••••.com
       */
      recipient: string | null;
      /** @example user-42 */
      subject: string | null;
      action: components['schemas']['ActionResponse'] | null;
      /** @example nl */
      locale: string | null;
      metadata: {
        [key: string]: string;
      };
      attempts: components['schemas']['AttemptsResponse'];
      resends: components['schemas']['ResendsResponse'];
      /** @description The newest delivery; null for TOKEN. */
      delivery: components['schemas']['DeliveryResponse'] | null;
      /**
       * Format: date-time
       * @example 2026-01-31T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-01-31T12:00:00.000Z
       */
      expiresAt: string;
      /**
       * Format: date-time
       * @example null
       */
      verifiedAt: string | null;
      /**
       * Format: date-time
       * @example null
       */
      completeBefore: string | null;
      /**
       * Format: date-time
       * @example null
       */
      completedAt: string | null;
      /**
       * Format: date-time
       * @example null
       */
      endedAt: string | null;
      /** @description For TOKEN alone, and in this response alone: what answers the challenge. */
      token?: string;
    };
    ChallengeResponse: {
      /**
       * Format: uuid
       * @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f
       */
      id: string;
      /** @enum {string} */
      state: 'ISSUED' | 'VERIFIED' | 'COMPLETED' | 'CANCELLED' | 'EXPIRED' | 'FAILED';
      /**
       * @example null
       * @enum {string|null}
       */
      stateReason:
        'REQUESTED' | 'SUPERSEDED' | 'NOT_ANSWERED' | 'NOT_COMPLETED' | 'ATTEMPTS_EXHAUSTED' | null;
      /** @enum {string} */
      type: 'EMAIL_OTP' | 'SMS_OTP' | 'EMAIL_LINK' | 'TOKEN';
      policy: components['schemas']['ChallengePolicyResponse'];
      /**
       * @description Masked; null for TOKEN.
       * @example a••@e••••••.com
       */
      recipient: string | null;
      /** @example user-42 */
      subject: string | null;
      action: components['schemas']['ActionResponse'] | null;
      /** @example nl */
      locale: string | null;
      metadata: {
        [key: string]: string;
      };
      attempts: components['schemas']['AttemptsResponse'];
      resends: components['schemas']['ResendsResponse'];
      /** @description The newest delivery; null for TOKEN. */
      delivery: components['schemas']['DeliveryResponse'] | null;
      /**
       * Format: date-time
       * @example 2026-01-31T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-01-31T12:00:00.000Z
       */
      expiresAt: string;
      /**
       * Format: date-time
       * @example null
       */
      verifiedAt: string | null;
      /**
       * Format: date-time
       * @example null
       */
      completeBefore: string | null;
      /**
       * Format: date-time
       * @example null
       */
      completedAt: string | null;
      /**
       * Format: date-time
       * @example null
       */
      endedAt: string | null;
    };
    AnswerChallengeRequest: {
      /**
       * @description The code, or the token of the link. Spaces, hyphens and letter case of codes are ignored.
       * @example 123456
       */
      answer: string;
      /** @description Must be the action that the challenge was created with. */
      action?: components['schemas']['ActionRequest'];
      /** @description The end user who answers. Kept with the outcome in the audit trail, as keyed hashes alone; limits nothing. */
      client?: components['schemas']['EndUserRequest'];
    };
    CompleteChallengeRequest: {
      /** @description What is about to be done. Required, and equal, where the policy requires an action. */
      action?: components['schemas']['ActionRequest'];
    };
    PolicySummaryResponse: {
      /**
       * Format: uuid
       * @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f
       */
      id: string;
      /** @example password-reset */
      alias: string;
      /** @enum {string} */
      type: 'EMAIL_OTP' | 'SMS_OTP' | 'EMAIL_LINK' | 'TOKEN';
      /**
       * Format: int32
       * @example 1
       */
      version: number;
    };
    PolicyListResponse: {
      /**
       * @description For the next page; null at the end.
       * @example null
       */
      nextCursor: string | null;
      items: components['schemas']['PolicySummaryResponse'][];
    };
    AuthorResponse: {
      /**
       * @description Who issued the token.
       * @example https://login.acme.example
       */
      issuer: string;
      /**
       * @description The OAuth client.
       * @example admin-console
       */
      client: string;
    };
    VersionSummaryResponse: {
      /**
       * Format: int32
       * @example 1
       */
      version: number;
      /** @example password-reset */
      alias: string;
      /**
       * Format: date-time
       * @example 2026-01-31T12:00:00.000Z
       */
      createdAt: string;
      createdBy: components['schemas']['AuthorResponse'];
    };
    PolicyVersionListResponse: {
      /**
       * @description For the next page; null at the end.
       * @example null
       */
      nextCursor: string | null;
      items: components['schemas']['VersionSummaryResponse'][];
    };
    CodeResponse: {
      /**
       * Format: int32
       * @example 6
       */
      length: number;
      /** @enum {string} */
      alphabet: 'DIGITS' | 'UNAMBIGUOUS';
    };
    ResendResponse: {
      /**
       * Format: int32
       * @example 3
       */
      max: number;
      /**
       * Format: int32
       * @example 30
       */
      cooldownSeconds: number;
      /** @enum {string} */
      secret: 'SAME' | 'NEW';
      extendsExpiry: boolean;
    };
    ActiveResponse: {
      /**
       * Format: int32
       * @example 1
       */
      maxPerRecipient: number;
      /** @enum {string} */
      whenExceeded: 'SUPERSEDE' | 'REJECT';
    };
    LimitResponse: {
      /** @enum {string} */
      per: 'RECIPIENT' | 'SUBJECT' | 'CLIENT_IP' | 'CLIENT_ID' | 'POLICY';
      /**
       * Format: int32
       * @example 5
       */
      max: number;
      /**
       * Format: int32
       * @example 3600
       */
      windowSeconds: number;
    };
    AllowBlockResponse: {
      /** @example [] */
      allow: string[];
      /** @example [] */
      block: string[];
    };
    RecipientsResponse: {
      emailDomains: components['schemas']['AllowBlockResponse'];
      countries: components['schemas']['AllowBlockResponse'];
    };
    ConditionsResponse: {
      /**
       * Format: int32
       * @example 600
       */
      expiresInSeconds: number;
      /**
       * Format: int32
       * @example 300
       */
      completeWithinSeconds: number;
      /**
       * Format: int32
       * @example 5
       */
      maxAttempts: number;
      /** @description Null for EMAIL_LINK and TOKEN. */
      code: components['schemas']['CodeResponse'] | null;
      resend: components['schemas']['ResendResponse'];
      active: components['schemas']['ActiveResponse'];
      limits: components['schemas']['LimitResponse'][];
      requireAction: boolean;
      recipients: components['schemas']['RecipientsResponse'];
    };
    LocaleTemplateResponse: {
      /** @example Your code is {{ code }} */
      subject?: string;
      /** @example Your code is {{ code }}. */
      text: string;
      /** @example <p>Your code is {{ code }}.</p> */
      html?: string;
    };
    TemplateResponse: {
      /** @example en */
      defaultLocale: string;
      /** @example null */
      link: string | null;
      /** @example null */
      originDomain: string | null;
      /**
       * @example {
       *       "en": {
       *         "subject": "Your code is {{ code }}",
       *         "text": "Your code is {{ code }}."
       *       }
       *     }
       */
      locales: {
        [key: string]: components['schemas']['LocaleTemplateResponse'];
      };
    };
    PolicyVersionResponse: {
      /**
       * Format: uuid
       * @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f
       */
      id: string;
      /**
       * Format: int32
       * @example 1
       */
      version: number;
      /** @example password-reset */
      alias: string;
      /** @example Before a password is reset */
      description: string | null;
      /** @enum {string} */
      type: 'EMAIL_OTP' | 'SMS_OTP' | 'EMAIL_LINK' | 'TOKEN';
      /** @enum {string} */
      purpose: 'ACTION' | 'ADDRESS_CONFIRMATION';
      /** @description In full, defaults included. */
      conditions: components['schemas']['ConditionsResponse'];
      /** @description Null for TOKEN. */
      template: components['schemas']['TemplateResponse'] | null;
      /**
       * Format: date-time
       * @description When the first version was made.
       * @example 2026-01-31T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description When this version was made.
       * @example 2026-01-31T12:00:00.000Z
       */
      updatedAt: string;
      /** @description Who made this version. */
      createdBy: components['schemas']['AuthorResponse'];
    };
    CodeBody: {
      /**
       * Format: int32
       * @description Default: 6 for DIGITS, 8 for UNAMBIGUOUS. Fewer than 6 are refused as `policy-unsafe`, with the chance of guessing and what would be safe.
       * @example 6
       */
      length?: number;
      /**
       * @description UNAMBIGUOUS is Crockford's base32.
       * @default DIGITS
       * @enum {string}
       */
      alphabet?: 'DIGITS' | 'UNAMBIGUOUS';
    };
    ResendBody: {
      /**
       * Format: int32
       * @description Default: 3; 0 for TOKEN.
       * @example 3
       */
      max?: number;
      /**
       * Format: int32
       * @description Doubles with each resend.
       * @default 30
       */
      cooldownSeconds?: number;
      /**
       * @default SAME
       * @enum {string}
       */
      secret?: 'SAME' | 'NEW';
      /**
       * @description A resend starts `expiresInSeconds` anew, until 86,400 seconds after the creation; not for challenges that live so long from the start.
       * @default false
       */
      extendsExpiry?: boolean;
    };
    ActiveBody: {
      /**
       * Format: int32
       * @default 1
       */
      maxPerRecipient?: number;
      /**
       * @description Cancel the older challenge, or refuse the newer.
       * @default SUPERSEDE
       * @enum {string}
       */
      whenExceeded?: 'SUPERSEDE' | 'REJECT';
    };
    LimitBody: {
      /**
       * @example RECIPIENT
       * @enum {string}
       */
      per: 'RECIPIENT' | 'SUBJECT' | 'CLIENT_IP' | 'CLIENT_ID' | 'POLICY';
      /**
       * Format: int32
       * @description Per RECIPIENT 30 at most, 100 when the window is a day or longer.
       * @example 5
       */
      max: number;
      /**
       * Format: int32
       * @example 3600
       */
      windowSeconds: number;
    };
    DomainsBody: {
      /**
       * @description Empty allows all.
       * @default []
       */
      allow?: string[];
      /** @default [] */
      block?: string[];
    };
    CountriesBody: {
      /**
       * @description Empty allows all that the configuration lists.
       * @default []
       */
      allow?: string[];
      /** @default [] */
      block?: string[];
    };
    RecipientsBody: {
      /** @description Each stands for its subdomains too. */
      emailDomains?: components['schemas']['DomainsBody'];
      /** @description ISO 3166-1 alpha-2; SMS_OTP alone. */
      countries?: components['schemas']['CountriesBody'];
    };
    ConditionsBody: {
      /**
       * Format: int32
       * @description Default: 300 for SMS_OTP, else 600. At most 600; 86,400 for TOKEN, and for EMAIL_LINK when the purpose is ADDRESS_CONFIRMATION.
       * @example 300
       */
      expiresInSeconds?: number;
      /**
       * Format: int32
       * @description From the right answer to completion.
       * @default 300
       */
      completeWithinSeconds?: number;
      /**
       * Format: int32
       * @default 5
       */
      maxAttempts?: number;
      /** @description EMAIL_OTP and SMS_OTP; null for the others, which use tokens of 256 bits. */
      code?: components['schemas']['CodeBody'] | null;
      resend?: components['schemas']['ResendBody'];
      /** @description Challenges of one recipient at a time. */
      active?: components['schemas']['ActiveBody'];
      /** @description New challenges; over a limit is 429. Default: per RECIPIENT 5 in 600 seconds, and in a day 10 for SMS_OTP, 20 for e-mail. */
      limits?: components['schemas']['LimitBody'][];
      /** @default false */
      requireAction?: boolean;
      recipients?: components['schemas']['RecipientsBody'];
    };
    LocaleTemplateBody: {
      /**
       * @description E-mail alone, and required there.
       * @example Your code is {{ code }}
       */
      subject?: string;
      /**
       * @description Always required; without it, lint answers.
       * @example Your code is {{ code }}. It expires in {{ expiresInMinutes }} minutes.
       */
      text?: string;
      /**
       * @description E-mail alone; every value is escaped.
       * @example <p>Your code is <strong>{{ code }}</strong>.</p>
       */
      html?: string;
    };
    TemplateBody: {
      /**
       * @description One of `locales`.
       * @example en
       */
      defaultLocale: string;
      /**
       * @description EMAIL_LINK alone: an absolute https URL template, the token in its fragment.
       * @example null
       */
      link?: string | null;
      /**
       * @description SMS_OTP alone: binds the code to this domain by a last line `@domain #code`.
       * @example null
       */
      originDomain?: string | null;
      /**
       * @description LiquidJS templates by BCP 47 tag.
       * @example {
       *       "en": {
       *         "subject": "Your code is {{ code }}",
       *         "text": "Your code is {{ code }}."
       *       }
       *     }
       */
      locales: {
        [key: string]: components['schemas']['LocaleTemplateBody'];
      };
    };
    CreatePolicyRequest: {
      /**
       * @description Names the policy in challenges; unique in the tenant.
       * @example password-reset
       */
      alias: string;
      /** @example Before a password is reset */
      description?: string | null;
      /**
       * @description Fixed for the policy's life.
       * @example EMAIL_OTP
       * @enum {string}
       */
      type: 'EMAIL_OTP' | 'SMS_OTP' | 'EMAIL_LINK' | 'TOKEN';
      /**
       * @description ADDRESS_CONFIRMATION alone allows EMAIL_LINK lives over ten minutes.
       * @default ACTION
       * @enum {string}
       */
      purpose?: 'ACTION' | 'ADDRESS_CONFIRMATION';
      conditions?: components['schemas']['ConditionsBody'];
      /** @description Required unless the type is TOKEN, refused if it is. */
      template?: components['schemas']['TemplateBody'] | null;
    };
    PolicyResponse: {
      /**
       * Format: uuid
       * @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f
       */
      id: string;
      /**
       * Format: int32
       * @example 1
       */
      version: number;
      /** @example password-reset */
      alias: string;
      /** @example Before a password is reset */
      description: string | null;
      /** @enum {string} */
      type: 'EMAIL_OTP' | 'SMS_OTP' | 'EMAIL_LINK' | 'TOKEN';
      /** @enum {string} */
      purpose: 'ACTION' | 'ADDRESS_CONFIRMATION';
      /** @description In full, defaults included. */
      conditions: components['schemas']['ConditionsResponse'];
      /** @description Null for TOKEN. */
      template: components['schemas']['TemplateResponse'] | null;
      /**
       * Format: date-time
       * @description When the first version was made.
       * @example 2026-01-31T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description When this version was made.
       * @example 2026-01-31T12:00:00.000Z
       */
      updatedAt: string;
    };
    ReplacePolicyRequest: {
      /**
       * @description Names the policy in challenges; unique in the tenant.
       * @example password-reset
       */
      alias: string;
      /** @example Before a password is reset */
      description?: string | null;
      /**
       * @description Fixed for the policy's life.
       * @example EMAIL_OTP
       * @enum {string}
       */
      type: 'EMAIL_OTP' | 'SMS_OTP' | 'EMAIL_LINK' | 'TOKEN';
      /**
       * @description ADDRESS_CONFIRMATION alone allows EMAIL_LINK lives over ten minutes.
       * @default ACTION
       * @enum {string}
       */
      purpose?: 'ACTION' | 'ADDRESS_CONFIRMATION';
      conditions?: components['schemas']['ConditionsBody'];
      /** @description Required unless the type is TOKEN, refused if it is. */
      template?: components['schemas']['TemplateBody'] | null;
      /**
       * Format: int32
       * @description The version that was read; another than the current one is 409. Or send If-Match.
       * @example 1
       */
      version?: number;
      /** Format: uuid */
      readonly id?: string;
      /** Format: date-time */
      readonly createdAt?: string;
      /** Format: date-time */
      readonly updatedAt?: string;
      /** @description As the versions of a policy have it. */
      readonly createdBy?: {
        [key: string]: unknown;
      };
    };
    PreviewPolicyRequest: {
      /** @example en */
      locale?: string;
      /** @description Those left out show their name in brackets. */
      variables?: {
        [key: string]: string;
      };
      /** @description As in a challenge; nothing is sent to it and nothing shows it. What a create would refuse it for is among the findings. */
      recipient?: string;
    };
    SmsSegmentsResponse: {
      /** @enum {string} */
      encoding: 'GSM-7' | 'UCS-2';
      /**
       * Format: int32
       * @description Septets or 16-bit units.
       * @example 42
       */
      units: number;
      /**
       * Format: int32
       * @example 1
       */
      segments: number;
    };
    FindingResponse: {
      /** @example /template/locales/en/text */
      pointer: string;
      /** @example sms-too-long */
      code: string;
      /** @example With the longest values it takes 3 segments. */
      detail: string;
    };
    PreviewResponse: {
      /**
       * @description That was used, after fall-back.
       * @example en
       */
      locale: string | null;
      /** @example Your code is 408391 */
      subject: string | null;
      /** @example Your code is 408391. */
      text: string | null;
      /** @example null */
      html: string | null;
      /** @description How an SMS travels. */
      sms: components['schemas']['SmsSegmentsResponse'] | null;
      /** @description What lint says today, under the configuration of today, and what a create with these values would be refused for. */
      findings: components['schemas']['FindingResponse'][];
    };
    PerRecipientRate: {
      /**
       * Format: int32
       * @example 10
       */
      max: number;
      /**
       * Format: int32
       * @example 3600
       */
      windowSeconds: number;
    };
    PerTenantRate: {
      /**
       * Format: int32
       * @example 6000
       */
      max: number;
      /**
       * Format: int32
       * @example 60
       */
      windowSeconds: number;
    };
    IssuanceBody: {
      /**
       * @description Off: every create is refused at once.
       * @example true
       */
      enabled: boolean;
      /** @description New challenges of one recipient. */
      perRecipient: components['schemas']['PerRecipientRate'];
      /** @description New challenges of the tenant. */
      perTenant: components['schemas']['PerTenantRate'];
    };
    FailureRate: {
      /**
       * Format: int32
       * @example 100
       */
      max: number;
      /**
       * Format: int32
       * @description A day at least: the block after `max` failures in a row lasts until it ends.
       * @example 86400
       */
      windowSeconds: number;
    };
    AnswersBody: {
      /** @description Wrong answers of one recipient, over all its challenges. */
      failuresPerRecipient: components['schemas']['FailureRate'];
    };
    SenderBody: {
      /** @example Acme */
      name: string;
      /** @example no-reply@acme.example */
      address: string;
    };
    EmailBody: {
      /**
       * @description Off: creates are refused, queued messages held.
       * @example true
       */
      enabled: boolean;
      from: components['schemas']['SenderBody'];
      /** @example null */
      replyTo: string | null;
      /**
       * @description Domains, with their subdomains, that get no e-mail.
       * @example []
       */
      blockedDomains: string[];
    };
    SmsBody: {
      /**
       * @description Off: creates are refused, queued messages held.
       * @example true
       */
      enabled: boolean;
      /**
       * @description Up to 11 letters and digits, or a number.
       * @example ACME
       */
      senderId: string;
      /**
       * @description Where SMS may go (ISO 3166-1 alpha-2); nowhere until countries are listed.
       * @example [
       *       "NL",
       *       "BE"
       *     ]
       */
      countries: string[];
      /**
       * Format: int32
       * @description That one message may take.
       * @example 2
       */
      maxSegments: number;
    };
    LinksBody: {
      /**
       * @description Where the links of EMAIL_LINK messages may lead; http is for localhost alone.
       * @example [
       *       "https://app.acme.example",
       *       "http://localhost:3000"
       *     ]
       */
      allowedOrigins: string[];
    };
    RetentionBody: {
      /**
       * Format: int32
       * @example 30
       */
      endedChallengeDays: number;
    };
    ConfigurationResponse: {
      issuance: components['schemas']['IssuanceBody'];
      answers: components['schemas']['AnswersBody'];
      email: components['schemas']['EmailBody'];
      sms: components['schemas']['SmsBody'];
      links: components['schemas']['LinksBody'];
      retention: components['schemas']['RetentionBody'];
      /**
       * Format: int32
       * @example 1
       */
      version: number;
    };
    ReplaceConfigurationRequest: {
      issuance: components['schemas']['IssuanceBody'];
      answers: components['schemas']['AnswersBody'];
      email: components['schemas']['EmailBody'];
      sms: components['schemas']['SmsBody'];
      links: components['schemas']['LinksBody'];
      retention: components['schemas']['RetentionBody'];
      /**
       * Format: int32
       * @description The version that was read; when it is not the current one, nothing is replaced.
       */
      version?: number;
    };
    /** @description One thing wrong with a request. */
    Finding: {
      /** @description Where, as a JSON pointer (RFC 6901). */
      pointer: string;
      code: string;
      detail: string;
    };
    /** @description At most `max` in `windowSeconds`. */
    Limit: {
      /** @enum {string} */
      per:
        | 'RECIPIENT'
        | 'SUBJECT'
        | 'CLIENT_IP'
        | 'CLIENT_ID'
        | 'POLICY'
        | 'TENANT'
        | 'CHALLENGE'
        | 'RECIPIENT_FAILURES'
        | 'FAILED_AUTHENTICATIONS';
      /** Format: int32 */
      max: number;
      /** Format: int32 */
      windowSeconds: number;
    };
    /** @description A problem document (RFC 9457). `type` is a page that explains the problem. */
    Problem: {
      /** Format: uri */
      type: string;
      title: string;
      /** Format: int32 */
      status: number;
      detail: string;
      /** @description The path of the request. */
      instance: string;
      /** @enum {string} */
      code:
        | 'request-malformed'
        | 'request-invalid'
        | 'token-missing'
        | 'token-invalid'
        | 'scope-insufficient'
        | 'tenant-missing'
        | 'challenge-not-found'
        | 'policy-not-found'
        | 'route-not-found'
        | 'method-not-allowed'
        | 'not-acceptable'
        | 'body-too-large'
        | 'media-type-unsupported'
        | 'challenge-state-conflict'
        | 'challenge-already-active'
        | 'resend-exhausted'
        | 'resend-not-applicable'
        | 'policy-alias-taken'
        | 'policy-version-conflict'
        | 'configuration-version-conflict'
        | 'precondition-required'
        | 'idempotency-in-progress'
        | 'idempotency-key-reused'
        | 'policy-unknown'
        | 'recipient-invalid'
        | 'recipient-not-allowed'
        | 'action-required'
        | 'action-mismatch'
        | 'answer-incorrect'
        | 'answer-superseded'
        | 'policy-unsafe'
        | 'policy-type-fixed'
        | 'template-invalid'
        | 'rate-limited'
        | 'resend-too-soon'
        | 'channel-disabled'
        | 'issuance-disabled'
        | 'overloaded'
        | 'unavailable';
      /** @description Names the request in the logs. */
      traceId: string;
      /** @description Every finding at once; with 400 and 422. */
      errors?: components['schemas']['Finding'][];
      /** @description Where the challenge stands. */
      state?: string;
      /** @description Why. */
      stateReason?: string | null;
      /** Format: int32 */
      attemptsRemaining?: number;
      /** Format: int32 */
      currentVersion?: number;
      limit?: components['schemas']['Limit'];
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  createChallenge: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same key and the same request within 24 hours get the first response again, without a second effect. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateChallengeRequest'];
      };
    };
    responses: {
      /** @description Create a challenge */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedChallengeResponse'];
        };
      };
    };
  };
  getChallenge: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Get a challenge */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChallengeResponse'];
        };
      };
    };
  };
  cancelChallenge: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Cancel a challenge */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChallengeResponse'];
        };
      };
    };
  };
  answerChallenge: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same key and the same request within 24 hours get the first response again, without a second effect. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AnswerChallengeRequest'];
      };
    };
    responses: {
      /** @description Answer a challenge */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChallengeResponse'];
        };
      };
    };
  };
  resendChallenge: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same key and the same request within 24 hours get the first response again, without a second effect. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Resend a challenge */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChallengeResponse'];
        };
      };
    };
  };
  completeChallenge: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same key and the same request within 24 hours get the first response again, without a second effect. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['CompleteChallengeRequest'];
      };
    };
    responses: {
      /** @description Complete a challenge */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChallengeResponse'];
        };
      };
    };
  };
  listPolicies: {
    parameters: {
      query?: {
        /** @description Items on a page. */
        limit?: number;
        /** @description `nextCursor` of the page before; good for a day. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description List policies */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicyListResponse'];
        };
      };
    };
  };
  createPolicy: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreatePolicyRequest'];
      };
    };
    responses: {
      /** @description Create a policy */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicyResponse'];
        };
      };
    };
  };
  listPolicyVersions: {
    parameters: {
      query?: {
        /** @description Items on a page. */
        limit?: number;
        /** @description `nextCursor` of the page before; good for a day. */
        cursor?: string;
      };
      header?: never;
      path: {
        /** @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description List the versions of a policy */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicyVersionListResponse'];
        };
      };
    };
  };
  getPolicyVersion: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f */
        id: string;
        /** @example 1 */
        version: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Get a version of a policy */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicyVersionResponse'];
        };
      };
    };
  };
  getPolicy: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Get a policy */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicyResponse'];
        };
      };
    };
  };
  replacePolicy: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag that was read, such as `"3"`: the change is made to that version alone. */
        'If-Match'?: string;
      };
      path: {
        /** @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ReplacePolicyRequest'];
      };
    };
    responses: {
      /** @description Replace a policy */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicyResponse'];
        };
      };
    };
  };
  deletePolicy: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag that was read, such as `"3"`: the change is made to that version alone. */
        'If-Match'?: string;
      };
      path: {
        /** @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Delete a policy */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  previewPolicy: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['PreviewPolicyRequest'];
      };
    };
    responses: {
      /** @description Preview a message */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PreviewResponse'];
        };
      };
    };
  };
  getConfiguration: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Get the configuration */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConfigurationResponse'];
        };
      };
    };
  };
  replaceConfiguration: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag that was read, such as `"3"`: the change is made to that version alone. */
        'If-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ReplaceConfigurationRequest'];
      };
    };
    responses: {
      /** @description Replace the configuration */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConfigurationResponse'];
        };
      };
    };
  };
}
