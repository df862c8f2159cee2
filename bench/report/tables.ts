import type { DeliveryResults } from '../scenarios/delivery.js';
import type { GrowthResult } from '../scenarios/growth.js';
import type { OverloadResult } from '../scenarios/overload.js';
import type { PeerResult } from '../scenarios/peer.js';
import type { RateResult } from '../scenarios/rates.js';
import type { TokensResult } from '../scenarios/tokens.js';
import { growthTable, overloadTable } from './limits-tables.js';
import { deliveryTable, peerTable } from './other-tables.js';
import { ratesTable } from './rates-table.js';
import { tokensTable } from './tokens-table.js';

/** What was measured of each group of scenarios. */
export interface Results {
  rates?: readonly RateResult[];
  tokens?: readonly TokensResult[];
  peer?: PeerResult;
  delivery?: DeliveryResults;
  growth?: GrowthResult;
  overload?: OverloadResult;
}

/** A table or two of each group that was measured. */
export function tables({ rates, tokens, peer, delivery, growth, overload }: Results): string[] {
  return [
    ...(rates ? [ratesTable(rates)] : []),
    ...(tokens ? [tokensTable(tokens)] : []),
    ...(peer ? [peerTable(peer)] : []),
    ...(delivery ? [deliveryTable(delivery)] : []),
    ...(growth ? [growthTable(growth)] : []),
    ...(overload ? [overloadTable(overload)] : []),
  ];
}
