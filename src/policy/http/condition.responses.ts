import { ApiProperty } from '@nestjs/swagger';
import { ShownEnum, ShownInteger, ShownObject } from '../../http/response-fields.js';

export class CodeResponse {
  @ShownInteger(6, 10, { example: 6 }) length!: number;
  @ShownEnum(['DIGITS', 'UNAMBIGUOUS']) alphabet!: 'DIGITS' | 'UNAMBIGUOUS';
}

export class ResendResponse {
  @ShownInteger(0, 5, { example: 3 }) max!: number;
  @ShownInteger(15, 120, { example: 30 }) cooldownSeconds!: number;
  @ShownEnum(['SAME', 'NEW']) secret!: 'SAME' | 'NEW';
  @ApiProperty() extendsExpiry!: boolean;
}

export class ActiveResponse {
  @ShownInteger(1, 5, { example: 1 }) maxPerRecipient!: number;
  @ShownEnum(['SUPERSEDE', 'REJECT']) whenExceeded!: 'SUPERSEDE' | 'REJECT';
}

export class LimitResponse {
  @ShownEnum(['RECIPIENT', 'SUBJECT', 'CLIENT_IP', 'CLIENT_ID', 'POLICY']) per!: string;
  @ShownInteger(1, 1_000_000, { example: 5 }) max!: number;
  @ShownInteger(1, 2_592_000, { example: 3_600 }) windowSeconds!: number;
}

const NAMES = {
  type: 'array',
  maxItems: 500,
  items: { type: 'string', maxLength: 253 },
  example: [],
} as const;

export class AllowBlockResponse {
  @ApiProperty(NAMES) allow!: readonly string[];
  @ApiProperty(NAMES) block!: readonly string[];
}

export class RecipientsResponse {
  @ShownObject(() => AllowBlockResponse) emailDomains!: AllowBlockResponse;
  @ShownObject(() => AllowBlockResponse) countries!: AllowBlockResponse;
}

export class ConditionsResponse {
  @ShownInteger(60, 86_400, { example: 600 }) expiresInSeconds!: number;
  @ShownInteger(30, 900, { example: 300 }) completeWithinSeconds!: number;
  @ShownInteger(1, 10, { example: 5 }) maxAttempts!: number;
  @ShownObject(() => CodeResponse, { nullable: true, description: 'Null for EMAIL_LINK and TOKEN.' })
  code!: CodeResponse | null;
  @ShownObject(() => ResendResponse) resend!: ResendResponse;
  @ShownObject(() => ActiveResponse) active!: ActiveResponse;
  @ApiProperty({ type: [LimitResponse], maxItems: 10 }) limits!: readonly LimitResponse[];
  @ApiProperty() requireAction!: boolean;
  @ShownObject(() => RecipientsResponse) recipients!: RecipientsResponse;
}
