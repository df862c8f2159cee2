import type { Channel } from '../../template/template.js';
import { BREAKER_LIMITS } from '../domain/breaker.js';
import { GuardedProvider } from './guarded-provider.js';
import type { EmailMessage, Provider, SmsMessage } from './provider.js';

/** What of a provider decides whether it is chosen. */
type Eligible = Pick<
  GuardedProvider<never>,
  'name' | 'waitMs' | 'hold' | 'reserve' | 'tellsRepeats' | 'lookUp'
>;

/** A provider, and how many messages a second it may be given. */
export interface Way<Message> {
  readonly provider: Provider<Message>;
  readonly ratePerSecond?: number;
}

/** Which provider an attempt goes to, and after how long. */
export interface ChosenProvider {
  readonly kind: 'provider';
  readonly name: string;
  readonly afterMs: number;
}

/** The provider that has the right to a send; or how long none of the channel's is to be used. */
export type Choice = ChosenProvider | { readonly kind: 'wait'; readonly waitMs: number };

/** The process's providers, per channel in the order in which they are tried. */
export class Channels {
  private readonly emails: readonly GuardedProvider<EmailMessage>[];
  private readonly texts: readonly GuardedProvider<SmsMessage>[];

  constructor(email: readonly Way<EmailMessage>[], sms: readonly Way<SmsMessage>[], limits = BREAKER_LIMITS) {
    this.emails = email.map((way, place) => guarded(email, way, place, limits));
    this.texts = sms.map((way, place) => guarded(sms, way, place, limits));
  }

  /** Whether there is any provider for the channel. */
  serves(channel: Channel): boolean {
    return this.of(channel).length > 0;
  }

  /**
   * Gives the right to one send to the provider whose turn it is: the first, and after a refusal for now the one
   * after it, round and round; those that fail or are given as much as they may be are passed over.
   */
  choose(channel: Channel, refusedBy: readonly string[]): Choice {
    const providers = this.of(channel);
    const first = providers.findIndex(({ name }) => name === refusedBy.at(-1)) + 1;
    for (const provider of [...providers.slice(first), ...providers.slice(0, first)]) {
      const afterMs = provider.reserve();
      if (afterMs !== undefined) return { kind: 'provider', name: provider.name, afterMs };
    }
    const [soonest] = providers.toSorted((one, other) => one.waitMs - other.waitMs);
    return { kind: 'wait', waitMs: soonest?.hold() ?? Infinity };
  }

  /** The same for one provider; undefined when it is not among them, or can tell nothing of a message it may have. */
  chooseAgain(channel: Channel, name: string): Choice | undefined {
    const provider = this.of(channel).find((other) => other.name === name);
    if (!provider?.tellsRepeats) return undefined;
    const afterMs = provider.reserve();
    return afterMs === undefined
      ? { kind: 'wait', waitMs: provider.hold() }
      : { kind: 'provider', name, afterMs };
  }

  /** Whether a message that this provider may have is better given to it again than to another. */
  tellsRepeats(channel: Channel, name: string): boolean {
    return this.of(channel).some((provider) => provider.name === name && provider.tellsRepeats);
  }

  /** Whether this provider can be asked what became of a message. */
  canAsk(channel: Channel, name: string): boolean {
    return this.of(channel).some((provider) => provider.name === name && provider.lookUp !== undefined);
  }

  /** Whether a provider that could be used now has not been tried in this round of refusals. */
  hasAnother(channel: Channel, refusedBy: readonly string[]): boolean {
    const providers = this.of(channel);
    const tried = new Set<string>();
    for (const name of refusedBy) {
      if (tried.has(name) || tried.size === providers.length) tried.clear();
      tried.add(name);
    }
    return providers.some(({ name, waitMs }) => !tried.has(name) && waitMs === 0);
  }

  email(name: string): Provider<EmailMessage> | undefined {
    return this.emails.find((provider) => provider.name === name);
  }

  sms(name: string): Provider<SmsMessage> | undefined {
    return this.texts.find((provider) => provider.name === name);
  }

  /** All providers, for those who watch them. */
  get states(): readonly Pick<GuardedProvider<never>, 'name' | 'state'>[] {
    return [...this.emails, ...this.texts];
  }

  async close(): Promise<void> {
    await Promise.all([...this.emails, ...this.texts].map((provider) => provider.close()));
  }

  private of(channel: Channel): readonly Eligible[] {
    return channel === 'EMAIL' ? this.emails : this.texts;
  }
}

/** Two accounts with one provider go by one name: from the second on, their place tells them apart. */
function guarded<Message>(
  ways: readonly Way<Message>[],
  { provider, ratePerSecond }: Way<Message>,
  place: number,
  limits: typeof BREAKER_LIMITS,
): GuardedProvider<Message> {
  const { name } = provider;
  const isFirst = ways.findIndex((way) => way.provider.name === name) === place;
  return new GuardedProvider(provider, isFirst ? name : `${name}#${place + 1}`, ratePerSecond, limits);
}
