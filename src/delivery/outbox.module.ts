import { Module } from '@nestjs/common';
import { Outbox } from './application/outbox.js';
import { SqlOutbox } from './persistence/sql-outbox.js';

/** The outbox alone: what the API process needs of delivery. Nothing is consumed or sent from here. */
@Module({
  providers: [{ provide: Outbox, useClass: SqlOutbox }],
  exports: [Outbox],
})
export class OutboxModule {}
