import { LocaleField } from '../../http/address-fields.js';
import {
  EnumField,
  IntegerField,
  ObjectField,
  ObjectMapField,
  ReadOnlyField,
  StringField,
  StringMapField,
} from '../../http/fields.js';
import type { ChallengeType } from '../../template/template.js';
import type { Purpose } from '../domain/policy.js';
import { ConditionsBody } from './condition.bodies.js';

export const TYPES = ['EMAIL_OTP', 'SMS_OTP', 'EMAIL_LINK', 'TOKEN'] as const;
export const PURPOSES = ['ACTION', 'ADDRESS_CONFIRMATION'] as const;

const MAX_PART = 65_536;

export class LocaleTemplateBody {
  @StringField({
    maxLength: 1_000,
    optional: true,
    description: 'E-mail alone, and required there.',
    example: 'Your code is {{ code }}',
  })
  subject?: string;
  @StringField({
    maxLength: MAX_PART,
    optional: true,
    description: 'Always required; without it, lint answers.',
    example: 'Your code is {{ code }}. It expires in {{ expiresInMinutes }} minutes.',
  })
  text?: string;
  @StringField({
    maxLength: MAX_PART,
    optional: true,
    description: 'E-mail alone; every value is escaped.',
    example: '<p>Your code is <strong>{{ code }}</strong>.</p>',
  })
  html?: string;
}

export class TemplateBody {
  @StringField({ minLength: 1, maxLength: 35, description: 'One of `locales`.', example: 'en' })
  defaultLocale!: string;
  @StringField({
    maxLength: 2_000,
    optional: true,
    nullable: true,
    description: 'EMAIL_LINK alone: an absolute https URL template, the token in its fragment.',
    example: null,
  })
  link?: string | null;
  @StringField({
    maxLength: 253,
    optional: true,
    nullable: true,
    description: 'SMS_OTP alone: binds the code to this domain by a last line `@domain #code`.',
    example: null,
  })
  originDomain?: string | null;
  @ObjectMapField(() => LocaleTemplateBody, {
    maxEntries: 50,
    description: 'LiquidJS templates by BCP 47 tag.',
    example: { en: { subject: 'Your code is {{ code }}', text: 'Your code is {{ code }}.' } },
  })
  locales!: Map<string, LocaleTemplateBody>;
}

export class CreatePolicyRequest {
  @StringField({
    maxLength: 63,
    pattern: /^[a-z0-9][a-z0-9._-]{0,62}$/,
    description: 'Names the policy in challenges; unique in the tenant.',
    example: 'password-reset',
  })
  alias!: string;
  @StringField({ maxLength: 500, optional: true, nullable: true, example: 'Before a password is reset' })
  description?: string | null;
  @EnumField({ values: TYPES, description: "Fixed for the policy's life.", example: 'EMAIL_OTP' })
  type!: ChallengeType;
  @EnumField({
    values: PURPOSES,
    optional: true,
    default: 'ACTION',
    description: 'ADDRESS_CONFIRMATION alone allows EMAIL_LINK lives over ten minutes.',
  })
  purpose?: Purpose;
  @ObjectField(() => ConditionsBody, { optional: true }) conditions?: ConditionsBody;
  @ObjectField(() => TemplateBody, {
    optional: true,
    nullable: true,
    description: 'Required unless the type is TOKEN, refused if it is.',
  })
  template?: TemplateBody | null;
}

export class ReplacePolicyRequest extends CreatePolicyRequest {
  @IntegerField({
    min: 1,
    max: 2_147_483_647,
    optional: true,
    description: 'The version that was read; another than the current one is 409. Or send If-Match.',
    example: 1,
  })
  version?: number;
  @ReadOnlyField({ type: String, format: 'uuid', maxLength: 36 }) id?: unknown;
  @ReadOnlyField({ type: String, format: 'date-time', maxLength: 24 }) createdAt?: unknown;
  @ReadOnlyField({ type: String, format: 'date-time', maxLength: 24 }) updatedAt?: unknown;
  @ReadOnlyField({
    type: 'object',
    additionalProperties: true,
    maxProperties: 2,
    description: 'As the versions of a policy have it.',
  })
  createdBy?: unknown;
}

export class PreviewPolicyRequest {
  @LocaleField({ optional: true, example: 'en' }) locale?: string;
  @StringMapField({
    maxEntries: 32,
    maxLength: 512,
    optional: true,
    description: 'Those left out show their name in brackets.',
  })
  variables?: Record<string, string>;
  @StringField({
    maxLength: 320,
    optional: true,
    description:
      'As in a challenge; nothing is sent to it and nothing shows it. What a create would refuse it for is among the findings.',
  })
  recipient?: string;
}
