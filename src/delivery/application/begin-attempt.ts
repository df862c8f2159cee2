import { Injectable } from '@nestjs/common';
import { ConfigurationReader } from '../../config/application/configuration-reader.js';
import { type Transaction, Transactor } from '../../shared/transactor.js';
import type { Channel } from '../../template/template.js';
import { decideBegin } from '../domain/begin.js';
import { DELIVERY_LIMITS, type DeliveryLimits } from '../domain/limits.js';
import type { Attempt, Sender } from './attempt.js';
import { Channels } from './channels.js';
import { type Claim, DeliveryStore, type LockedDelivery } from './delivery-store.js';
import { TemplateSource } from './template-source.js';

/**
 * Turns a claim into a counted attempt, in one transaction: the attempt is on record before anything is sent, and
 * the same claim cannot begin a second one.
 */
@Injectable()
export class BeginAttempt {
  constructor(
    private readonly transactor: Transactor,
    private readonly deliveries: DeliveryStore,
    private readonly configurations: ConfigurationReader,
    private readonly channels: Channels,
    private readonly templates: TemplateSource,
  ) {}

  /** The attempt to carry out; undefined when there is none, which the delivery's row then says why. */
  async execute(claim: Claim, limits: DeliveryLimits = DELIVERY_LIMITS): Promise<Attempt | undefined> {
    return await this.transactor.inTenant(claim.tenant, async (tx) => {
      const [delivery, sender] = await Promise.all([
        this.deliveries.lock(tx, claim.id),
        this.configurations.current(tx),
      ]);
      return delivery && (await this.begin(tx, claim, delivery, sender, limits));
    });
  }

  private async begin(
    tx: Transaction,
    claim: Claim,
    delivery: LockedDelivery,
    sender: Sender,
    limits: DeliveryLimits,
  ): Promise<Attempt | undefined> {
    const { message, channel } = delivery;
    const template = await this.templates.find(tx, delivery.policyId, delivery.policyVersion);
    const provider = this.channels.nameAfter(channel, delivery.refusals);
    const decision = decideBegin(
      delivery,
      {
        fence: claim.fence,
        readable: message !== undefined,
        hasTemplate: template !== undefined,
        channelOpen: isEnabled(sender, channel) && provider !== undefined,
      },
      limits,
    );
    if (decision.kind === 'end') this.deliveries.end(tx, delivery, decision);
    if (decision.kind === 'hold') this.deliveries.hold(tx, delivery, limits.holdMs);
    if (decision.kind !== 'begin' || !message || !template || !provider) return undefined;
    const fence = this.deliveries.begin(tx, delivery, provider, limits.leaseMs);
    const { id: deliveryId, refusals, createdAt } = delivery;
    const number = delivery.attempts + 1;
    return {
      tenant: claim.tenant,
      deliveryId,
      number,
      fence,
      refusals,
      createdAt,
      message,
      template,
      sender,
    };
  }
}

function isEnabled(sender: Sender, channel: Channel): boolean {
  return channel === 'EMAIL' ? sender.email.enabled : sender.sms.enabled;
}
