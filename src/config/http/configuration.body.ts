import { CountryListField, DomainListField, EmailField } from '../../http/address-fields.js';
import { BooleanField, IntegerField, ObjectField, StringField, StringListField } from '../../http/fields.js';
import { ShownInteger } from '../../http/response-fields.js';

const DAY = 86_400;
const MONTH = 30 * DAY;
const MAX_VERSION = 2_147_483_647;

export class PerRecipientRate {
  @IntegerField({ min: 1, max: 100, example: 10 }) max!: number;
  @IntegerField({ min: 1, max: MONTH, example: 3_600 }) windowSeconds!: number;
}

export class PerTenantRate {
  @IntegerField({ min: 1, max: 10_000_000, example: 6_000 }) max!: number;
  @IntegerField({ min: 1, max: DAY, example: 60 }) windowSeconds!: number;
}

export class FailureRate {
  @IntegerField({ min: 10, max: 100, example: 100 }) max!: number;
  @IntegerField({
    min: DAY,
    max: MONTH,
    description: 'A day at least: the block after `max` failures in a row lasts until it ends.',
    example: DAY,
  })
  windowSeconds!: number;
}

export class IssuanceBody {
  @BooleanField({ description: 'Off: every create is refused at once.', example: true }) enabled!: boolean;
  @ObjectField(() => PerRecipientRate, { description: 'New challenges of one recipient.' })
  perRecipient!: PerRecipientRate;
  @ObjectField(() => PerTenantRate, { description: 'New challenges of the tenant.' })
  perTenant!: PerTenantRate;
}

export class AnswersBody {
  @ObjectField(() => FailureRate, { description: 'Wrong answers of one recipient, over all its challenges.' })
  failuresPerRecipient!: FailureRate;
}

export class SenderBody {
  @StringField({
    minLength: 1,
    maxLength: 100,
    pattern: /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+$/,
    example: 'Acme',
  })
  name!: string;
  @EmailField({ example: 'no-reply@acme.example' }) address!: string;
}

export class EmailBody {
  @BooleanField({ description: 'Off: creates are refused, queued messages held.', example: true })
  enabled!: boolean;
  @ObjectField(() => SenderBody) from!: SenderBody;
  @EmailField({ nullable: true, example: null }) replyTo!: string | null;
  @DomainListField({
    maxItems: 1_000,
    description: 'Domains, with their subdomains, that get no e-mail.',
    example: [],
  })
  blockedDomains!: string[];
}

export class SmsBody {
  @BooleanField({ description: 'Off: creates are refused, queued messages held.', example: true })
  enabled!: boolean;
  @StringField({
    maxLength: 16,
    pattern: /^(?:(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}|\+?[0-9]{3,15})$/,
    description: 'Up to 11 letters and digits, or a number.',
    example: 'ACME',
  })
  senderId!: string;
  @CountryListField({
    description: 'Where SMS may go (ISO 3166-1 alpha-2); nowhere until countries are listed.',
    example: ['NL', 'BE'],
  })
  countries!: string[];
  @IntegerField({ min: 1, max: 10, description: 'That one message may take.', example: 2 })
  maxSegments!: number;
}

export class LinksBody {
  @StringListField({
    maxItems: 100,
    maxLength: 261,
    pattern: /^https?:\/\/[a-z0-9.[\]:-]+$/,
    description: 'Where the links of EMAIL_LINK messages may lead; http is for localhost alone.',
    example: ['https://app.acme.example', 'http://localhost:3000'],
  })
  allowedOrigins!: string[];
}

export class RetentionBody {
  @IntegerField({ min: 1, max: 365, example: 30 }) endedChallengeDays!: number;
}

/** What a configuration holds; each property is required, since a PUT replaces them all. */
export abstract class SettingsBody {
  @ObjectField(() => IssuanceBody) issuance!: IssuanceBody;
  @ObjectField(() => AnswersBody) answers!: AnswersBody;
  @ObjectField(() => EmailBody) email!: EmailBody;
  @ObjectField(() => SmsBody) sms!: SmsBody;
  @ObjectField(() => LinksBody) links!: LinksBody;
  @ObjectField(() => RetentionBody) retention!: RetentionBody;
}

export class ReplaceConfigurationRequest extends SettingsBody {
  @IntegerField({
    min: 1,
    max: MAX_VERSION,
    optional: true,
    description: 'The version that was read; when it is not the current one, nothing is replaced.',
  })
  version?: number;
}

export class ConfigurationResponse extends SettingsBody {
  @ShownInteger(1, MAX_VERSION, { example: 1 }) version!: number;
}
