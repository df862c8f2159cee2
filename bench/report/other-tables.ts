import { BARS, verdict } from '../bars.js';
import type { DeliveryResults } from '../scenarios/delivery.js';
import type { PeerResult } from '../scenarios/peer.js';
import { figure, percent, table } from './table.js';

export function peerTable({ product, peer }: PeerResult): string {
  const ratio = product.perSecond / peer.perSecond;
  return table(
    [
      '',
      'of better-auth',
      '',
      'requests/s',
      'spread',
      'CPU ms/request',
      'better-auth/s',
      'spread',
      'CPU ms/request',
    ],
    [
      [
        'create',
        figure(ratio),
        verdict(ratio, BARS.createOfPeer),
        figure(product.perSecond),
        percent(product.spread),
        figure(product.cpuMsPerRequest),
        figure(peer.perSecond),
        percent(peer.spread),
        figure(peer.cpuMsPerRequest),
      ],
    ],
  );
}

export function deliveryTable({ ways, apart }: DeliveryResults): string {
  const ratios = table(
    ['', 'of nodemailer', '', 'p50 at 200/s', '', 'p99 at 200/s', ''],
    ways.map(({ by, perSecond, mailerPerSecond, handOff: { p50Ms, p99Ms } }) => {
      const ratio = perSecond / mailerPerSecond;
      return [
        `delivery, ${by}`,
        figure(ratio),
        verdict(ratio, BARS.deliveryOfFloor),
        `${figure(p50Ms)} ms`,
        verdict(p50Ms, BARS.handOffP50Ms),
        `${figure(p99Ms)} ms`,
        verdict(p99Ms, BARS.handOffP99Ms),
      ];
    }),
  );
  const rates = table(
    [
      '',
      'messages/s',
      'spread',
      'CPU ms/message',
      'of PostgreSQL',
      'WAL KiB/message',
      'memory MiB',
      'missing',
      'nodemailer/s',
      'spread',
    ],
    ways.map((result) => [
      `delivery, ${result.by}`,
      figure(result.perSecond),
      percent(result.spread),
      figure(result.cpuMsPerMessage),
      figure(result.databaseCpuMsPerMessage),
      figure(result.walKiBPerMessage),
      figure(result.rssMiB),
      String(result.missing),
      figure(result.mailerPerSecond),
      percent(result.mailerSpread),
    ]),
  );
  const { calmMs, providersHangMs, withoutRedisMs } = apart;
  const creates = table(
    [`creates at ${figure(apart.perSecond)}/s beside a worker`, 'p99 ms', 'of calm', ''],
    [
      ['that delivers (calm)', figure(calmMs), '', ''],
      ...Object.entries({
        'whose providers hang': providersHangMs,
        ...(withoutRedisMs === undefined ? {} : { 'that has lost its Redis': withoutRedisMs }),
      }).map(([name, ms]) => [name, figure(ms), figure(ms / calmMs), verdict(ms / calmMs, BARS.apart)]),
      ['failed', String(apart.failed)],
    ],
  );
  return `${ratios}\n\n${rates}\n\n${creates}`;
}
