import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../auth/require-scopes.js';
import { RawBody, rawBodyOf } from '../../http/raw-body.js';
import { providerName } from '../application/provider-name.js';
import { RecordReceipt } from '../application/record-receipt.js';
import { twilioReceipt, TwilioSigners } from '../receipts/twilio-receipts.js';
import { FORM } from './receipt-bodies.js';
import { ReceiptRefusals } from './receipt-refusals.js';

/** Status callbacks of Twilio. Without a token: the account's signature is over the address and the form. */
@Public()
@ApiExcludeController()
@Controller('receipts/twilio')
export class TwilioReceiptsController {
  constructor(
    private readonly signers: TwilioSigners,
    private readonly refusals: ReceiptRefusals,
    private readonly recordReceipt: RecordReceipt,
  ) {}

  @Post(':tenant/:deliveryId')
  @HttpCode(204)
  @RawBody(FORM)
  async receive(
    @Param('tenant') tenant: string,
    @Param('deliveryId') deliveryId: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const subject = { tenant, deliveryId };
    const form = new URLSearchParams(rawBodyOf(request).toString());
    const signer = this.signers.find(subject, form, request.headers['x-twilio-signature']);
    if (!signer) throw this.refusals.refusalOf(request.ip, 'twilio', '/headers/x-twilio-signature');
    const receipt = twilioReceipt(providerName(signer), form);
    if (receipt) await this.recordReceipt.execute(subject, receipt);
  }
}
