import type { DeliveryResults } from '../scenarios/delivery.js';
import type { GrowthResult } from '../scenarios/growth.js';
import type { OverloadResult } from '../scenarios/overload.js';
import type { PeerResult } from '../scenarios/peer.js';
import type { RateResult } from '../scenarios/rates.js';
import { growthTable, overloadTable } from './limits-tables.js';
import { deliveryTable, peerTable } from './other-tables.js';
import { ratesTable } from './rates-table.js';

/** What was measured of each group of scenarios. */
export interface Results {
  rates?: readonly RateResult[];
  peer?: PeerResult;
  delivery?: DeliveryResults;
  growth?: GrowthResult;
  overload?: OverloadResult;
}

/** A table or two of each group that was measured. */
export function tables({ rates, peer, delivery, growth, overload }: Results): string[] {
  return [
    ...(rates ? [ratesTable(rates)] : []),
    ...(peer ? [peerTable(peer)] : []),
    ...(delivery ? [deliveryTable(delivery)] : []),
    ...(growth ? [growthTable(growth)] : []),
    ...(overload ? [overloadTable(overload)] : []),
  ];
}
