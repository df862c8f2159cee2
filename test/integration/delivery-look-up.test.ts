import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import {
  type EmailMessage,
  ProviderError,
  ProviderUnreachable,
  type Receipt,
} from '../../src/delivery/application/provider.js';
import { type Behaviour, RecordingProvider } from '../support/recording-provider.js';
import { createDeliveryDatabase, type DeliveryDatabase } from './delivery-database.js';
import { DeliveryRig } from './delivery-rig.js';

/** A provider that cannot tell repeats, and tells when asked whether it has a message. */
class AskableProvider extends RecordingProvider {
  asked = 0;

  constructor(
    script: readonly Behaviour[],
    private readonly answers: readonly ('listed' | 'not listed' | 'no answer')[],
  ) {
    super(script, 'askable', false);
  }

  lookUp({ deliveryId }: EmailMessage): Promise<Receipt | undefined> {
    const answer = this.answers[this.asked];
    this.asked += 1;
    if (answer === 'no answer') return Promise.reject(new ProviderUnreachable('TRANSIENT', 'http-timeout'));
    return Promise.resolve(answer === 'listed' ? { providerMessageId: `listed-${deliveryId}` } : undefined);
  }
}

const busy: Behaviour = () => Promise.reject(new ProviderError('TRANSIENT', 'http-503'));
const silent: Behaviour = () => Promise.reject(new ProviderUnreachable('UNKNOWN', 'http-timeout'));
const AT_LAST = [busy, busy, busy, silent];

let database: DeliveryDatabase;
let rig: DeliveryRig;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createDeliveryDatabase();
});

afterAll(async () => {
  await database.drop();
});

beforeEach(() => {
  rig = new DeliveryRig(database);
});

afterEach(async () => {
  await rig.stopAll();
  await database.query('DELETE FROM delivery');
});

describe('A delivery whose last attempt may have been taken by a provider that can be asked', () => {
  it('is SENT when that provider has it', async () => {
    const provider = new AskableProvider(AT_LAST, ['listed']);
    await rig.start({ mode: { kind: 'direct' }, providers: [provider] });
    const id = await rig.add();
    expect(await rig.until(id, ['SENT', 'UNKNOWN'])).toMatchObject({
      status: 'SENT',
      provider_message_id: `listed-${id}`,
    });
    expect(provider.times(id)).toBe(4);
  });

  it.each([['not listed' as const], ['no answer' as const]])(
    'is asked for once and handed over no more when the look-up says: %s',
    async (answer) => {
      const provider = new AskableProvider(AT_LAST, [answer]);
      await rig.start({ mode: { kind: 'direct' }, providers: [provider] });
      const id = await rig.add();
      expect(await rig.until(id, ['SENT', 'UNKNOWN'])).toMatchObject({
        status: 'UNKNOWN',
        error: 'OUTCOME_UNKNOWN',
      });
      expect([provider.times(id), provider.asked]).toEqual([4, 1]);
    },
  );
});
