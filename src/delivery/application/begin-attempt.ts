import { Injectable } from '@nestjs/common';
import { ConfigurationReader } from '../../config/application/configuration-reader.js';
import { type Transaction, Transactor } from '../../shared/transactor.js';
import type { Channel } from '../../template/template.js';
import { decideBegin, pauseMs } from '../domain/begin.js';
import { DELIVERY_LIMITS, type DeliveryLimits } from '../domain/limits.js';
import { settleAbandoned } from '../domain/receipt.js';
import type { Attempt, Sender } from './attempt.js';
import { Channels, type Choice, type ChosenProvider } from './channels.js';
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
    const decision = decideBegin(
      delivery,
      {
        fence: claim.fence,
        readable: message !== undefined,
        hasTemplate: template !== undefined,
        channelOpen: isEnabled(sender, channel) && this.channels.serves(channel),
      },
      limits,
    );
    const settlement = decision.kind === 'stale' ? undefined : settleAbandoned(delivery.receipt);
    if (settlement) {
      this.deliveries.settle(tx, delivery, settlement);
      return undefined;
    }
    if (decision.kind === 'end') this.deliveries.end(tx, delivery, decision);
    if (decision.kind === 'hold') this.deliveries.hold(tx, delivery, limits.holdMs);
    if (decision.kind !== 'begin' || !message || !template) return undefined;
    const provider = this.provider(tx, delivery);
    if (!provider) return undefined;
    return {
      tenant: claim.tenant,
      deliveryId: delivery.id,
      number: delivery.attempts + 1,
      fence: this.deliveries.begin(tx, delivery, provider.name, limits.leaseMs),
      provider: provider.name,
      afterMs: provider.afterMs,
      refusedBy: delivery.refusedBy,
      unsure: delivery.unsure,
      createdAt: delivery.createdAt,
      message,
      template,
      sender,
      traceparent: delivery.traceparent,
    };
  }

  /** While none may be used the delivery waits, and that is no attempt. */
  private provider(tx: Transaction, delivery: LockedDelivery): ChosenProvider | undefined {
    const choice = this.choose(delivery);
    if (choice.kind === 'provider') return choice;
    this.deliveries.hold(tx, delivery, pauseMs(choice.waitMs, delivery));
    return undefined;
  }

  /**
   * What a provider may have goes to that provider again, as long as it can tell and is back in time: to any other
   * it would be a new message.
   */
  private choose({ channel, refusedBy, unsure, usefulForMs }: LockedDelivery): Choice {
    const again = unsure && this.channels.chooseAgain(channel, unsure.provider);
    const isInTime = again?.kind === 'provider' || (again?.waitMs ?? Infinity) < usefulForMs;
    return again && isInTime ? again : this.channels.choose(channel, refusedBy);
  }
}

function isEnabled(sender: Sender, channel: Channel): boolean {
  return channel === 'EMAIL' ? sender.email.enabled : sender.sms.enabled;
}
