import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../auth/require-scopes.js';
import { readJsonBody } from '../../http/json-body.js';
import { RawBody, rawBodyOf } from '../../http/raw-body.js';
import { providerName } from '../application/provider-name.js';
import { RecordReceipt } from '../application/record-receipt.js';
import { gatewayReceipt, GatewaySigners } from '../receipts/gateway-receipts.js';
import { JSON_TYPE } from './receipt-bodies.js';
import { ReceiptRefusals } from './receipt-refusals.js';

/** Receipts of gateways. Without a token: the gateway's secret signs the body, which repeats the delivery's name. */
@Public()
@ApiExcludeController()
@Controller('receipts/gateway')
export class GatewayReceiptsController {
  constructor(
    private readonly signers: GatewaySigners,
    private readonly refusals: ReceiptRefusals,
    private readonly recordReceipt: RecordReceipt,
  ) {}

  @Post(':tenant/:deliveryId')
  @HttpCode(204)
  @RawBody(JSON_TYPE)
  async receive(
    @Param('tenant') tenant: string,
    @Param('deliveryId') deliveryId: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const body = rawBodyOf(request);
    const signer = this.signers.find(body, request.headers['x-acs-signature']);
    if (!signer) throw this.refusals.refusalOf(request.ip, 'gateway', '/headers/x-acs-signature');
    const receipt = gatewayReceipt(providerName(signer), deliveryId, readJsonBody(body));
    await this.recordReceipt.execute({ tenant, deliveryId }, receipt);
  }
}
