import { CountryListField, DomainListField } from '../../http/address-fields.js';
import { BooleanField, EnumField, IntegerField, ObjectField, ObjectListField } from '../../http/fields.js';

const DAY = 86_400;

export class CodeBody {
  @IntegerField({
    min: 1,
    max: 10,
    optional: true,
    description:
      'Default: 6 for DIGITS, 8 for UNAMBIGUOUS. Fewer than 6 are refused as `policy-unsafe`, with the chance of guessing and what would be safe.',
    example: 6,
  })
  length?: number;
  @EnumField({
    values: ['DIGITS', 'UNAMBIGUOUS'],
    optional: true,
    default: 'DIGITS',
    description: "UNAMBIGUOUS is Crockford's base32.",
  })
  alphabet?: 'DIGITS' | 'UNAMBIGUOUS';
}

export class ResendBody {
  @IntegerField({ min: 0, max: 5, optional: true, description: 'Default: 3; 0 for TOKEN.', example: 3 })
  max?: number;
  @IntegerField({ min: 15, max: 120, optional: true, default: 30, description: 'Doubles with each resend.' })
  cooldownSeconds?: number;
  @EnumField({ values: ['SAME', 'NEW'], optional: true, default: 'SAME' }) secret?: 'SAME' | 'NEW';
  @BooleanField({
    optional: true,
    default: false,
    description:
      'A resend starts `expiresInSeconds` anew, until 86,400 seconds after the creation; not for challenges that live so long from the start.',
  })
  extendsExpiry?: boolean;
}

export class ActiveBody {
  @IntegerField({ min: 1, max: 5, optional: true, default: 1 }) maxPerRecipient?: number;
  @EnumField({
    values: ['SUPERSEDE', 'REJECT'],
    optional: true,
    default: 'SUPERSEDE',
    description: 'Cancel the older challenge, or refuse the newer.',
  })
  whenExceeded?: 'SUPERSEDE' | 'REJECT';
}

export class LimitBody {
  @EnumField({ values: ['RECIPIENT', 'SUBJECT', 'CLIENT_IP', 'CLIENT_ID', 'POLICY'], example: 'RECIPIENT' })
  per!: 'RECIPIENT' | 'SUBJECT' | 'CLIENT_IP' | 'CLIENT_ID' | 'POLICY';
  @IntegerField({
    min: 1,
    max: 1_000_000,
    description: 'Per RECIPIENT 30 at most, 100 when the window is a day or longer.',
    example: 5,
  })
  max!: number;
  @IntegerField({ min: 1, max: 30 * DAY, example: 3_600 }) windowSeconds!: number;
}

export class DomainsBody {
  @DomainListField({ maxItems: 500, optional: true, default: [], description: 'Empty allows all.' })
  allow?: string[];
  @DomainListField({ maxItems: 500, optional: true, default: [] }) block?: string[];
}

export class CountriesBody {
  @CountryListField({
    optional: true,
    default: [],
    description: 'Empty allows all that the configuration lists.',
  })
  allow?: string[];
  @CountryListField({ optional: true, default: [] }) block?: string[];
}

export class RecipientsBody {
  @ObjectField(() => DomainsBody, { optional: true, description: 'Each stands for its subdomains too.' })
  emailDomains?: DomainsBody;
  @ObjectField(() => CountriesBody, { optional: true, description: 'ISO 3166-1 alpha-2; SMS_OTP alone.' })
  countries?: CountriesBody;
}

/** Whatever is left out gets its default. */
export class ConditionsBody {
  @IntegerField({
    min: 60,
    max: DAY,
    optional: true,
    description:
      'Default: 300 for SMS_OTP, else 600. At most 600; 86,400 for TOKEN, and for EMAIL_LINK when the purpose is ADDRESS_CONFIRMATION.',
    example: 300,
  })
  expiresInSeconds?: number;
  @IntegerField({
    min: 30,
    max: 900,
    optional: true,
    default: 300,
    description: 'From the right answer to completion.',
  })
  completeWithinSeconds?: number;
  @IntegerField({ min: 1, max: 10, optional: true, default: 5 }) maxAttempts?: number;
  @ObjectField(() => CodeBody, {
    optional: true,
    nullable: true,
    description: 'EMAIL_OTP and SMS_OTP; null for the others, which use tokens of 256 bits.',
  })
  code?: CodeBody | null;
  @ObjectField(() => ResendBody, { optional: true }) resend?: ResendBody;
  @ObjectField(() => ActiveBody, { optional: true, description: 'Challenges of one recipient at a time.' })
  active?: ActiveBody;
  @ObjectListField(() => LimitBody, {
    maxItems: 10,
    optional: true,
    description:
      'New challenges; over a limit is 429. Default: per RECIPIENT 5 in 600 seconds, and in a day 10 for SMS_OTP, 20 for e-mail.',
  })
  limits?: LimitBody[];
  @BooleanField({ optional: true, default: false }) requireAction?: boolean;
  @ObjectField(() => RecipientsBody, { optional: true }) recipients?: RecipientsBody;
}
