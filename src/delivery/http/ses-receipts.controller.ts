import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../auth/require-scopes.js';
import { readJsonBody } from '../../http/json-body.js';
import { RawBody, rawBodyOf } from '../../http/raw-body.js';
import { RecordReceipt } from '../application/record-receipt.js';
import { sesEvent } from '../receipts/ses-event.js';
import { snsMessageOf } from '../receipts/sns-message.js';
import { SnsTopics } from '../receipts/sns-topics.js';
import { JSON_TYPE, TEXT } from './receipt-bodies.js';
import { ReceiptRefusals } from './receipt-refusals.js';

/** Events of Amazon SES, as its SNS topic posts them. Without a token: Amazon's signature is in the message. */
@Public()
@ApiExcludeController()
@Controller('receipts/ses')
export class SesReceiptsController {
  constructor(
    private readonly topics: SnsTopics,
    private readonly refusals: ReceiptRefusals,
    private readonly recordReceipt: RecordReceipt,
  ) {}

  @Post()
  @HttpCode(204)
  @RawBody(TEXT, JSON_TYPE)
  async receive(@Req() request: FastifyRequest): Promise<void> {
    const message = snsMessageOf(readJsonBody(rawBodyOf(request)));
    const topic = message && (await this.topics.signerOf(message));
    if (!topic) throw this.refusals.refusalOf(request.ip, 'ses', '/Signature');
    if (message.Type === 'SubscriptionConfirmation') await topic.confirm(message);
    const event = message.Type === 'Notification' ? sesEvent(topic.provider, message.Message) : undefined;
    if (event) await this.recordReceipt.execute(event.subject, event.receipt);
  }
}
