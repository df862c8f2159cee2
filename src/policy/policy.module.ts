import { Module } from '@nestjs/common';
import { ConfigReadModule } from '../config/config-read.module.js';
import { CreatePolicy } from './application/create-policy.js';
import { DeletePolicy } from './application/delete-policy.js';
import { GetPolicyVersion } from './application/get-policy-version.js';
import { GetPolicy } from './application/get-policy.js';
import { ListPolicies } from './application/list-policies.js';
import { ListPolicyVersions } from './application/list-policy-versions.js';
import { PolicyChecks } from './application/policy-checks.js';
import { PolicyHistory } from './application/policy-history.js';
import { PolicyRepository } from './application/policy-repository.js';
import { PreviewPolicy } from './application/preview-policy.js';
import { ReplacePolicy } from './application/replace-policy.js';
import { ListCursor } from './http/list-cursor.js';
import { PoliciesController } from './http/policies.controller.js';
import { PolicyListsController } from './http/policy-lists.controller.js';
import { SqlPolicyHistory } from './persistence/sql-policy-history.js';
import { TypeOrmPolicyRepository } from './persistence/type-orm-policy-repository.js';

/** The Management API. */
@Module({
  imports: [ConfigReadModule],
  controllers: [PolicyListsController, PoliciesController],
  providers: [
    CreatePolicy,
    GetPolicy,
    ListPolicies,
    ReplacePolicy,
    DeletePolicy,
    GetPolicyVersion,
    ListPolicyVersions,
    PreviewPolicy,
    PolicyChecks,
    ListCursor,
    { provide: PolicyRepository, useClass: TypeOrmPolicyRepository },
    { provide: PolicyHistory, useClass: SqlPolicyHistory },
  ],
})
export class PolicyModule {}
