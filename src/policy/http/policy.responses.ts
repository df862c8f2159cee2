import { ApiExtraModels, ApiProperty } from '@nestjs/swagger';
import {
  ShownEnum,
  ShownId,
  ShownInteger,
  ShownObject,
  ShownText,
  ShownTime,
} from '../../http/response-fields.js';
import type { ChallengeType } from '../../template/template.js';
import type { Purpose } from '../domain/policy.js';
import { ConditionsResponse } from './condition.responses.js';
import { PURPOSES, TYPES } from './policy.requests.js';

const MAX_VERSION = 2_147_483_647;

export class LocaleTemplateResponse {
  @ShownText(1_000, { optional: true, example: 'Your code is {{ code }}' }) subject?: string;
  @ShownText(65_536, { example: 'Your code is {{ code }}.' }) text!: string;
  @ShownText(65_536, { optional: true, example: '<p>Your code is {{ code }}.</p>' }) html?: string;
}

@ApiExtraModels(LocaleTemplateResponse)
export class TemplateResponse {
  @ShownText(35, { example: 'en' }) defaultLocale!: string;
  @ShownText(2_000, { nullable: true, example: null }) link!: string | null;
  @ShownText(253, { nullable: true, example: null }) originDomain!: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: '#/components/schemas/LocaleTemplateResponse' },
    maxProperties: 50,
    example: { en: { subject: 'Your code is {{ code }}', text: 'Your code is {{ code }}.' } },
  })
  locales!: Readonly<Record<string, LocaleTemplateResponse>>;
}

export class PolicyResponse {
  @ShownId() id!: string;
  @ShownInteger(1, MAX_VERSION, { example: 1 }) version!: number;
  @ShownText(63, { example: 'password-reset' }) alias!: string;
  @ShownText(500, { nullable: true, example: 'Before a password is reset' }) description!: string | null;
  @ShownEnum(TYPES) type!: ChallengeType;
  @ShownEnum(PURPOSES) purpose!: Purpose;
  @ShownObject(() => ConditionsResponse, { description: 'In full, defaults included.' })
  conditions!: ConditionsResponse;
  @ShownObject(() => TemplateResponse, { nullable: true, description: 'Null for TOKEN.' })
  template!: TemplateResponse | null;
  @ShownTime({ description: 'When the first version was made.' }) createdAt!: string;
  @ShownTime({ description: 'When this version was made.' }) updatedAt!: string;
}

export class AuthorResponse {
  @ShownText(2_048, { description: 'Who issued the token.', example: 'https://login.acme.example' })
  issuer!: string;
  @ShownText(255, { description: 'The OAuth client.', example: 'admin-console' }) client!: string;
}

export class PolicyVersionResponse extends PolicyResponse {
  @ShownObject(() => AuthorResponse, { description: 'Who made this version.' }) createdBy!: AuthorResponse;
}

export class PolicySummaryResponse {
  @ShownId() id!: string;
  @ShownText(63, { example: 'password-reset' }) alias!: string;
  @ShownEnum(TYPES) type!: ChallengeType;
  @ShownInteger(1, MAX_VERSION, { example: 1 }) version!: number;
}

abstract class ListResponse {
  @ShownText(1_024, { nullable: true, description: 'For the next page; null at the end.', example: null })
  nextCursor!: string | null;
}

export class PolicyListResponse extends ListResponse {
  @ApiProperty({ type: [PolicySummaryResponse], maxItems: 200 }) items!: PolicySummaryResponse[];
}

export class VersionSummaryResponse {
  @ShownInteger(1, MAX_VERSION, { example: 1 }) version!: number;
  @ShownText(63, { example: 'password-reset' }) alias!: string;
  @ShownTime() createdAt!: string;
  @ShownObject(() => AuthorResponse) createdBy!: AuthorResponse;
}

export class PolicyVersionListResponse extends ListResponse {
  @ApiProperty({ type: [VersionSummaryResponse], maxItems: 200 }) items!: VersionSummaryResponse[];
}
