import { LocaleField, IpField } from '../../http/address-fields.js';
import { JsonObjectField, ObjectField, StringField, StringMapField } from '../../http/fields.js';

export class ActionRequest {
  @StringField({
    description: 'What is to be done; without control characters.',
    example: 'password-reset',
    minLength: 1,
    maxLength: 100,
  })
  readonly name!: string;

  @JsonObjectField({
    description: 'What exactly is to be done; compared as canonical JSON (RFC 8785).',
    example: { account: 'NL91ABNA0417164300', amount: '12.50' },
    maxBytes: 4_096,
    optional: true,
  })
  readonly details?: Record<string, unknown>;
}

export class EndUserRequest {
  @IpField({
    description:
      'The IP address of the end user, an IPv6 address counted as its /64 network; kept only as a keyed hash.',
    example: '203.0.113.7',
    optional: true,
  })
  readonly ip?: string;

  @StringField({
    description: "An identifier of the end user's device or session; kept only as a keyed hash.",
    example: 'session-9f2c',
    minLength: 1,
    maxLength: 255,
    optional: true,
  })
  readonly id?: string;
}

export class CreateChallengeRequest {
  @StringField({ description: 'The policy to use.', example: 'password-reset', minLength: 1, maxLength: 63 })
  readonly policyAlias!: string;

  @StringField({
    description:
      'E-mail address, or phone number in E.164 form. Required for EMAIL_OTP, EMAIL_LINK and SMS_OTP; refused for TOKEN.',
    example: 'ada@example.com',
    minLength: 1,
    maxLength: 320,
    optional: true,
  })
  readonly recipient?: string;

  @StringField({
    description: "The consuming service's own identifier of the person.",
    example: 'user-42',
    minLength: 1,
    maxLength: 255,
    optional: true,
  })
  readonly subject?: string;

  @ObjectField(() => ActionRequest, {
    description: 'What the challenge guards. Required where the policy says so.',
    optional: true,
  })
  readonly action?: ActionRequest;

  @LocaleField({
    description: "BCP 47; falls back to its language, then to the template's default.",
    example: 'nl-BE',
    optional: true,
  })
  readonly locale?: string;

  @StringMapField({
    description:
      'Values for the template, without control characters but for line breaks and tabs; without these too where a subject uses them.',
    example: { name: 'Ada' },
    maxEntries: 32,
    maxLength: 512,
    optional: true,
  })
  readonly variables?: Record<string, string>;

  @StringMapField({
    description: 'Returned as given.',
    example: { orderId: '1234' },
    maxEntries: 16,
    maxLength: 512,
    optional: true,
  })
  readonly metadata?: Record<string, string>;

  @ObjectField(() => EndUserRequest, {
    description:
      'The end user behind the request: counted against limits, and kept in the audit trail, as keyed hashes alone.',
    optional: true,
  })
  readonly client?: EndUserRequest;
}

export class AnswerChallengeRequest {
  @StringField({
    description: 'The code, or the token of the link. Spaces, hyphens and letter case of codes are ignored.',
    example: '123456',
    minLength: 1,
    maxLength: 512,
  })
  readonly answer!: string;

  @ObjectField(() => ActionRequest, {
    description: 'Must be the action that the challenge was created with.',
    optional: true,
  })
  readonly action?: ActionRequest;

  @ObjectField(() => EndUserRequest, {
    description:
      'The end user who answers. Kept with the outcome in the audit trail, as keyed hashes alone; limits nothing.',
    optional: true,
  })
  readonly client?: EndUserRequest;
}

export class CompleteChallengeRequest {
  @ObjectField(() => ActionRequest, {
    description: 'What is about to be done. Required, and equal, where the policy requires an action.',
    optional: true,
  })
  readonly action?: ActionRequest;
}
