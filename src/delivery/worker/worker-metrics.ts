import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Channels } from '../application/channels.js';
import { DeliveryWork } from '../application/delivery-work.js';
import { Dispatcher } from '../application/dispatcher.js';
import { Routing } from '../application/routing.js';

const BREAKER_STATES = ['closed', 'open', 'probing'] as const;
const MODES = ['bull', 'direct'] as const;

/** What is read when somebody asks for the worker's metrics. */
@Injectable()
export class WorkerMetrics implements OnModuleInit {
  private readonly log = new Logger('Metrics');

  constructor(
    private readonly channels: Channels,
    private readonly dispatcher: Dispatcher,
    private readonly work: DeliveryWork,
    private readonly routing: Routing,
  ) {}

  onModuleInit(): void {
    this.watchWork();
    this.watchProviders();
    this.watchBacklog();
  }

  private watchWork(): void {
    const { work, dispatcher } = this;
    new Gauge({
      name: 'acs_delivery_in_flight',
      help: 'Deliveries that this worker has under way',
      collect() {
        this.set(work.inFlight);
      },
    });
    new Gauge({
      name: 'acs_delivery_mode',
      help: '1 for the way in which deliveries go: through Bull, or direct, without it',
      labelNames: ['mode'] as const,
      collect() {
        for (const mode of MODES) this.set({ mode }, dispatcher.mode === mode ? 1 : 0);
      },
    });
  }

  private watchProviders(): void {
    const { channels } = this;
    new Gauge({
      name: 'acs_provider_breaker',
      help: "1 for the state of a provider's circuit breaker in this worker",
      labelNames: ['provider', 'state'] as const,
      collect() {
        for (const { name, state } of channels.states)
          for (const other of BREAKER_STATES)
            this.set({ provider: name, state: other }, other === state ? 1 : 0);
      },
    });
  }

  private watchBacklog(): void {
    const { routing, log } = this;
    new Gauge({
      name: 'acs_delivery_oldest_due_seconds',
      help: 'How long the delivery that has been due for longest waits to be claimed, by any worker; 0 for none',
      labelNames: ['kind'] as const,
      async collect() {
        try {
          const { codes, links } = await routing.oldestDueSeconds();
          this.set({ kind: 'code' }, codes);
          this.set({ kind: 'link' }, links);
        } catch (error) {
          // The other metrics are told all the same; this one is left out, which an alert can see.
          this.reset();
          log.warn('The age of the backlog could not be read', error);
        }
      },
    });
  }
}
