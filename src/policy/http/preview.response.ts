import { ApiProperty } from '@nestjs/swagger';
import { ShownEnum, ShownInteger, ShownObject, ShownText } from '../../http/response-fields.js';

export class SmsSegmentsResponse {
  @ShownEnum(['GSM-7', 'UCS-2']) encoding!: 'GSM-7' | 'UCS-2';
  @ShownInteger(0, 100_000, { description: 'Septets or 16-bit units.', example: 42 }) units!: number;
  @ShownInteger(1, 1_000, { example: 1 }) segments!: number;
}

export class FindingResponse {
  @ShownText(4_096, { example: '/template/locales/en/text' }) pointer!: string;
  @ShownText(64, { example: 'sms-too-long' }) code!: string;
  @ShownText(4_096, { example: 'With the longest values it takes 3 segments.' }) detail!: string;
}

/** What the worker would send, with sample values; null where a type has no such part. */
export class PreviewResponse {
  @ShownText(35, { nullable: true, description: 'That was used, after fall-back.', example: 'en' })
  locale!: string | null;
  @ShownText(1_000, { nullable: true, example: 'Your code is 408391' }) subject!: string | null;
  @ShownText(100_000, { nullable: true, example: 'Your code is 408391.' }) text!: string | null;
  @ShownText(100_000, { nullable: true, example: null }) html!: string | null;
  @ShownObject(() => SmsSegmentsResponse, { nullable: true, description: 'How an SMS travels.' })
  sms!: SmsSegmentsResponse | null;
  @ApiProperty({
    type: [FindingResponse],
    maxItems: 1_000,
    description:
      'What lint says today, under the configuration of today, and what a create with these values would be refused for.',
  })
  findings!: FindingResponse[];
}
