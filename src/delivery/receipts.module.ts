import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { FailedAuthenticationsModule } from '../auth/failed-authentications.module.js';
import type { ProviderAddress } from '../environment/environment.js';
import { ReceiptStore } from './application/receipt-store.js';
import { RecordReceipt } from './application/record-receipt.js';
import { GatewayReceiptsController } from './http/gateway-receipts.controller.js';
import { ReceiptRefusals } from './http/receipt-refusals.js';
import { SesReceiptsController } from './http/ses-receipts.controller.js';
import { TwilioReceiptsController } from './http/twilio-receipts.controller.js';
import { SqlReceiptStore } from './persistence/sql-receipt-store.js';
import { GatewaySigners } from './receipts/gateway-receipts.js';
import { SnsTopics } from './receipts/sns-topics.js';
import { TwilioSigners } from './receipts/twilio-receipts.js';

const KINDS: readonly {
  readonly schemes: readonly string[];
  readonly controller: Type;
  readonly signers: new (providers: readonly ProviderAddress[]) => object;
}[] = [
  { schemes: ['twilio'], controller: TwilioReceiptsController, signers: TwilioSigners },
  { schemes: ['ses'], controller: SesReceiptsController, signers: SnsTopics },
  {
    schemes: ['gateway+https', 'gateway+http'],
    controller: GatewayReceiptsController,
    signers: GatewaySigners,
  },
];

/** Receipts of the providers that ask for them: a route for each kind of those, and none without. */
@Module({})
export class ReceiptsModule {
  /** One module, or none. */
  static forProviders(providers: readonly ProviderAddress[]): DynamicModule[] {
    const kinds = KINDS.map((kind) => ({
      ...kind,
      own: providers.filter(({ scheme }) => kind.schemes.includes(scheme)),
    })).filter(({ own }) => own.length > 0);
    if (kinds.length === 0) return [];
    return [
      {
        module: ReceiptsModule,
        imports: [FailedAuthenticationsModule],
        controllers: kinds.map(({ controller }) => controller),
        providers: [
          ...kinds.map(({ signers, own }) => ({ provide: signers, useValue: new signers(own) })),
          { provide: ReceiptStore, useClass: SqlReceiptStore },
          RecordReceipt,
          ReceiptRefusals,
        ],
      },
    ];
  }
}
