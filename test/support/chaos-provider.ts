import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A moment in a hand-over at which a worker may die. */
export type FaultPoint = 'before the message' | 'after the message, before the reply' | 'after the reply';

export interface Hand {
  readonly deliveryId: string;
  readonly code: string;
  /** SHA-256 of the whole message. */
  readonly digest: string;
  readonly at: number;
  /** Who took it. */
  readonly by: 'smtp' | 'gateway';
}

/** A recording SMTP provider that tells when a hand-over is at a point where a death hurts most. */
export class ChaosProvider {
  /** Every message it took, by recipient, in order. */
  readonly taken = new Map<string, Hand[]>();
  /** Called at each point of each hand-over; the hand-over waits for it. */
  at: (point: FaultPoint) => Promise<void> = () => Promise.resolve();
  private readonly server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onMailFrom: (_address, _session, callback) => {
      void this.at('before the message').then(() => {
        callback();
      });
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        this.take(session.envelope.rcptTo[0]!.address, Buffer.concat(chunks));
        void this.at('after the message, before the reply')
          .then(() => {
            callback();
          })
          .then(() => this.at('after the reply'));
      });
    },
  });

  static async start(): Promise<ChaosProvider> {
    const provider = new ChaosProvider();
    // A worker that is killed breaks its connections.
    provider.server.on('error', () => undefined);
    const listener = provider.server.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return provider;
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  /** Every message, grouped by delivery. */
  byDelivery(): Map<string, Hand[]> {
    const grouped = new Map<string, Hand[]>();
    for (const hands of this.taken.values()) {
      for (const hand of hands) {
        const sends = grouped.get(hand.deliveryId);
        if (sends) sends.push(hand);
        else grouped.set(hand.deliveryId, [hand]);
      }
    }
    return grouped;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(resolve);
    });
  }

  /** Counts a message in that another provider took. */
  keep(recipient: string, hand: Hand): void {
    const hands = this.taken.get(recipient) ?? [];
    hands.push(hand);
    this.taken.set(recipient, hands);
  }

  private take(recipient: string, message: Buffer): void {
    const content = message.toString('utf8');
    const digest = createHash('sha256').update(message).digest('base64');
    const deliveryId = /^message-id: <([^@]+)@/im.exec(content)?.[1] ?? '';
    const code = /\b(\d{6})\b/.exec(/^subject: .*$/im.exec(content)?.[0] ?? '')?.[1] ?? '';
    this.keep(recipient, { deliveryId, code, digest, at: Date.now(), by: 'smtp' });
  }
}
