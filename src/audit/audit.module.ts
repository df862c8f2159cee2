import { Global, Module } from '@nestjs/common';
import { AuditTrail } from './audit-trail.js';
import { SqlAuditTrail } from './sql-audit-trail.js';

@Global()
@Module({
  providers: [{ provide: AuditTrail, useClass: SqlAuditTrail }],
  exports: [AuditTrail],
})
export class AuditModule {}
