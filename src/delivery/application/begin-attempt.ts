import { Injectable, Logger } from '@nestjs/common';
import { ConfigurationReader } from '../../config/application/configuration-reader.js';
import type { Settings } from '../../config/domain/configuration.js';
import type { Transaction } from '../../shared/transactor.js';
import type { Channel, Template } from '../../template/template.js';
import { decideBegin, pauseMs } from '../domain/begin.js';
import type { Ending, Settlement } from '../domain/delivery.js';
import { DELIVERY_LIMITS, type DeliveryLimits } from '../domain/limits.js';
import { settleAbandoned } from '../domain/receipt.js';
import type { Attempt } from './attempt.js';
import { Channels, type Choice, type ChosenProvider } from './channels.js';
import { tellEnd } from './delivery-end.js';
import { type AttemptToBegin, type Claim, DeliveryStore, type LockedDelivery } from './delivery-store.js';
import { senderOf } from './sender.js';
import { SharedTransactions } from './shared-transactions.js';
import { TemplateSource } from './template-source.js';

interface Asked {
  readonly claim: Claim;
  readonly limits: DeliveryLimits;
}

/** What a claim came to when its delivery is over. */
interface Ended {
  readonly delivery: LockedDelivery;
  readonly end: Ending | Settlement;
}

/**
 * Turns a claim into a counted attempt, in one transaction: the attempt is on record before anything is sent, and
 * the same claim cannot begin a second one.
 */
@Injectable()
export class BeginAttempt {
  private readonly log = new Logger('Delivery');

  constructor(
    private readonly transactions: SharedTransactions,
    private readonly deliveries: DeliveryStore,
    private readonly configurations: ConfigurationReader,
    private readonly channels: Channels,
    private readonly templates: TemplateSource,
  ) {}

  /** The attempt to carry out; undefined when there is none, which the delivery's row then says why. */
  async execute(claim: Claim, limits: DeliveryLimits = DELIVERY_LIMITS): Promise<Attempt | undefined> {
    const begun = await this.transactions.inTenant(claim.tenant, claim.id, { claim, limits }, this.beginAll);
    if (!begun || !('end' in begun)) return begun;
    const { delivery, end } = begun;
    const { tenant, id: deliveryId } = claim;
    tellEnd(this.log, delivery.channel, end, { tenant, deliveryId, attempts: delivery.attempts });
    return undefined;
  }

  private readonly beginAll = async (
    tx: Transaction,
    asked: readonly Asked[],
  ): Promise<(Attempt | Ended | undefined)[]> => {
    const [locked, settings] = await Promise.all([
      this.deliveries.lock(
        tx,
        asked.map(({ claim }) => claim),
      ),
      this.configurations.current(tx),
    ]);
    const templates = await Promise.all(
      asked.map(async ({ claim }) => {
        const delivery = locked.get(claim.id);
        return delivery && (await this.templates.find(tx, delivery.policyId, delivery.policyVersion));
      }),
    );
    const toBegin: AttemptToBegin[] = [];
    const all = asked.map((one, place) => {
      const delivery = locked.get(one.claim.id);
      const begun = delivery && this.decide(tx, one, delivery, settings, templates[place]);
      if (begun && !('end' in begun)) toBegin.push({ attempt: begun, leaseMs: one.limits.leaseMs });
      return begun;
    });
    this.deliveries.begin(tx, toBegin);
    return all;
  };

  /** An attempt that is still to be begun, or what became of the delivery otherwise, which is done. */
  private decide(
    tx: Transaction,
    { claim, limits }: Asked,
    delivery: LockedDelivery,
    settings: Settings,
    template: Template | undefined,
  ): Attempt | Ended | undefined {
    const { message, channel } = delivery;
    const decision = decideBegin(
      delivery,
      {
        fence: claim.fence,
        readable: message !== undefined,
        hasTemplate: template !== undefined,
        channelOpen: isEnabled(settings, channel) && this.channels.serves(channel),
        canAsk: this.canAsk(delivery),
      },
      limits,
    );
    const settlement = decision.kind === 'stale' ? undefined : settleAbandoned(delivery.receipt);
    if (settlement) {
      this.deliveries.settle(tx, delivery, settlement);
      return { delivery, end: settlement };
    }
    if (decision.kind === 'end') {
      this.deliveries.end(tx, delivery, decision);
      return { delivery, end: decision };
    }
    if (decision.kind === 'hold') this.deliveries.hold(tx, delivery, limits.holdMs);
    const onlyAsks = decision.kind === 'ask';
    if (!(onlyAsks || decision.kind === 'begin') || !message || !template) return undefined;
    const provider = this.provider(tx, delivery, onlyAsks);
    if (!provider) return undefined;
    return {
      tenant: claim.tenant,
      deliveryId: delivery.id,
      number: delivery.attempts + 1,
      fence: delivery.fence + 1,
      provider: provider.name,
      afterMs: provider.afterMs,
      refusedBy: delivery.refusedBy,
      unsure: delivery.unsure,
      onlyAsks,
      createdAt: delivery.createdAt,
      message,
      template,
      sender: message.sender ?? senderOf(settings),
      maxSegments: settings.sms.maxSegments,
      traceparent: delivery.traceparent,
    };
  }

  private canAsk({ unsure, channel }: LockedDelivery): boolean {
    return unsure !== null && !unsure.isLost && this.channels.canAsk(channel, unsure.provider);
  }

  /** While none may be used the delivery waits, and that is no attempt. */
  private provider(tx: Transaction, delivery: LockedDelivery, onlyAsks: boolean): ChosenProvider | undefined {
    const choice = this.choose(delivery, onlyAsks);
    if (choice.kind === 'provider') return choice;
    this.deliveries.hold(tx, delivery, pauseMs(choice.waitMs, delivery));
    return undefined;
  }

  /**
   * What a provider may have goes to that provider again, as long as it can tell and is back in time: to any other
   * it would be a new message.
   */
  private choose({ channel, refusedBy, unsure, usefulForMs }: LockedDelivery, onlyAsks: boolean): Choice {
    const again = unsure && this.channels.chooseAgain(channel, unsure.provider);
    const isInTime = again?.kind === 'provider' || (again?.waitMs ?? Infinity) < usefulForMs;
    return again && (onlyAsks || isInTime) ? again : this.channels.choose(channel, refusedBy);
  }
}

function isEnabled({ email, sms }: Settings, channel: Channel): boolean {
  return channel === 'EMAIL' ? email.enabled : sms.enabled;
}
