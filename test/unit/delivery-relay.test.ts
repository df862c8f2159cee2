import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ClaimLedger } from '../../src/delivery/application/claim-ledger.js';
import type { Claim } from '../../src/delivery/application/delivery-store.js';
import { Dispatcher } from '../../src/delivery/application/dispatcher.js';
import { Pulse } from '../../src/delivery/application/pulse.js';
import { Relay } from '../../src/delivery/application/relay.js';
import type { ReleaseClaims } from '../../src/delivery/application/release-claims.js';
import type { Routing } from '../../src/delivery/application/routing.js';

const CONCURRENCY = 20;
const LEAST_MS = 50;

/** Always has the same room, and more to claim than that. */
class Rig extends Dispatcher {
  readonly mode = 'direct';
  readonly looks: number[] = [];
  private readonly relay: Relay;

  constructor(
    private readonly places: number,
    concurrency: number,
  ) {
    super();
    const routing = {
      claim: (batch: number): Promise<Claim[]> => {
        this.looks.push(performance.now());
        const claim = (place: number): Claim => ({
          tenant: 'acme',
          id: `${this.looks.length}-${place}`,
          fence: 1,
        });
        return Promise.resolve(Array.from({ length: batch }, (_, place) => claim(place)));
      },
    } as unknown as Routing;
    const never = {} as ReleaseClaims;
    this.relay = new Relay(routing, this, new ClaimLedger(), never, new Pulse(), concurrency);
  }

  run(): void {
    this.relay.start();
  }

  room(): Promise<number> {
    return Promise.resolve(this.places);
  }

  async dispatch(): Promise<void> {
    await delay(1);
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    await this.relay.stop();
  }
}

describe('A relay whose house is nearly full', () => {
  let rig: Rig;

  afterEach(async () => {
    await rig.stop();
  });

  const looksOf = async (places: number, concurrency = CONCURRENCY): Promise<number[]> => {
    rig = new Rig(places, concurrency);
    rig.run();
    const until = performance.now() + 400;
    while (performance.now() < until) await delay(10);
    const [first = 0] = rig.looks;
    expect(rig.looks.length).toBeGreaterThan(2);
    return rig.looks.map((at) => at - first);
  };

  it('looks for a few only now and then', async () => {
    const looks = await looksOf(CONCURRENCY / 2 - 1);
    looks.slice(1).forEach((at, place) => {
      expect(at - looks[place]!).toBeGreaterThanOrEqual(LEAST_MS - 1);
    });
  });

  it.each([
    ['many', CONCURRENCY / 2, CONCURRENCY],
    ['as many as it ever looks for', 100, 1_000],
  ])('looks for %s at once', async (_what, places, concurrency) => {
    expect((await looksOf(places, concurrency)).length).toBeGreaterThan(400 / LEAST_MS + 2);
  });
});
