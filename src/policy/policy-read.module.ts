import { Module } from '@nestjs/common';
import { TemplateSource } from '../delivery/application/template-source.js';
import { PolicyReader } from './application/policy-reader.js';
import { PolicyTemplateSource } from './persistence/policy-template-source.js';
import { SqlPolicyReader } from './persistence/sql-policy-reader.js';

/** Policies, for those who act by them. */
@Module({
  providers: [
    { provide: PolicyReader, useClass: SqlPolicyReader },
    { provide: TemplateSource, useClass: PolicyTemplateSource },
  ],
  exports: [PolicyReader, TemplateSource],
})
export class PolicyReadModule {}
