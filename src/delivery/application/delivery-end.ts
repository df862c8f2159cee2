import type { Logger } from '@nestjs/common';
import type { Channel } from '../../template/template.js';
import type { Conclusion } from '../domain/conclude.js';
import type { Ending, Settlement } from '../domain/delivery.js';
import { countEnd } from './delivery-metrics.js';

/** Which delivery, for a log: nothing of its message. */
export interface DeliveryFacts {
  readonly tenant: string;
  readonly deliveryId: string;
  readonly [fact: string]: string | number;
}

/** Counts a delivery that a conclusion ended; one that goes on is not counted. Only for what is committed. */
export function countConclusion(channel: Channel, conclusion: Conclusion): void {
  if (conclusion.kind === 'sent') countEnd(channel, 'SENT', null);
  if (conclusion.kind === 'end') countEnd(channel, conclusion.status, conclusion.reason);
  if (conclusion.kind === 'settle') countEnd(channel, conclusion.status, conclusion.error);
}

/** Counts and logs a delivery that ended without an attempt of its own. Only for what is committed. */
export function tellEnd(log: Logger, channel: Channel, end: Ending | Settlement, facts: DeliveryFacts): void {
  countConclusion(channel, end);
  const { status } = end;
  if (end.kind === 'settle') log.debug({ msg: 'delivery settled by a receipt', ...facts, status });
  else if (status === 'DEAD')
    log.error({ msg: 'delivery dead: its workers were lost with it', ...facts, status, reason: end.reason });
  else log.warn({ msg: 'delivery ended unsent', ...facts, status, reason: end.reason });
}
