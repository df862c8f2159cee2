import type { AttemptRecord, DeliveryRecord } from '../../delivery/application/delivery-records.js';
import { plainText } from '../terminal.js';

/** A delivery in a line for people: when, which, how, to whom, what became of it. */
export function deliveryLine(delivery: DeliveryRecord): string {
  const { createdAt, id, channel, status, attempts, recipient, provider, error } = delivery;
  return plainText(
    [
      createdAt.toISOString(),
      id,
      channel.padEnd(5),
      status.padEnd(9),
      `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`,
      recipient ?? '-',
      ...(provider === null ? [] : [provider]),
      ...(error === null ? [] : [error]),
    ].join('  '),
  );
}

/** A delivery in full for people, with its attempts. */
export function deliveryLines(delivery: DeliveryRecord, attempts: readonly AttemptRecord[]): string[] {
  const facts: Record<string, string | null> = {
    delivery: delivery.id,
    challenge: delivery.challengeId,
    channel: delivery.channel,
    recipient: delivery.recipient,
    status: delivery.status,
    error: delivery.error,
    'taken by': delivery.provider,
    'known there as': delivery.providerMessageId,
    created: delivery.createdAt.toISOString(),
    due: isoOf(delivery.dueAt),
    sent: isoOf(delivery.sentAt),
    ended: isoOf(delivery.endedAt),
    'useful until': delivery.usefulUntil.toISOString(),
  };
  const told = Object.entries(facts).flatMap(([name, value]) =>
    value === null ? [] : [plainText(`${name.padEnd(15)} ${value}`)],
  );
  return [...told, ...attempts.map(attemptLine)];
}

function attemptLine({ number, provider, startedAt, endedAt, outcome, error }: AttemptRecord): string {
  const tookMs = endedAt && endedAt.getTime() - startedAt.getTime();
  return plainText(
    [
      `attempt ${number}`.padEnd(15),
      `${startedAt.toISOString()}  ${(outcome ?? 'UNDER WAY').padEnd(9)}  ${provider ?? '-'}`,
      ...(tookMs === null ? [] : [`${tookMs} ms`]),
      ...(error === null ? [] : [error]),
    ].join(' '),
  );
}

/** A delivery for programs: one JSON object. */
export function deliveryJson(delivery: DeliveryRecord, attempts?: readonly AttemptRecord[]): string {
  return JSON.stringify(attempts ? { ...delivery, history: attempts } : delivery);
}

function isoOf(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
