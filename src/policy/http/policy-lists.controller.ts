import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentCaller } from '../../auth/current-caller.js';
import { Operation } from '../../http/operation.js';
import type { Caller } from '../../shared/caller.js';
import { GetPolicyVersion } from '../application/get-policy-version.js';
import { ListPolicies } from '../application/list-policies.js';
import { ListPolicyVersions } from '../application/list-policy-versions.js';
import { ListCursor } from './list-cursor.js';
import { ListQuery } from './list.query.js';
import { PolicyId, VersionNumber } from './policy-id.js';
import { presentVersion, presentVersionSummary } from './policy-presenter.js';
import { PolicyListResponse, PolicyVersionListResponse, PolicyVersionResponse } from './policy.responses.js';

const POLICIES = 'policies';

@ApiTags('Policies')
@Controller('v1/policies')
export class PolicyListsController {
  constructor(
    private readonly listPolicies: ListPolicies,
    private readonly listVersions: ListPolicyVersions,
    private readonly getVersion: GetPolicyVersion,
    private readonly cursors: ListCursor,
  ) {}

  @Get()
  @Operation({
    id: 'listPolicies',
    summary: 'List policies',
    description: 'The oldest first, stable while policies come and go.',
    scope: 'challenge:policy:get',
    status: 200,
    response: PolicyListResponse,
    problems: [],
  })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() { limit, cursor }: ListQuery,
  ): Promise<PolicyListResponse> {
    const after = cursor === undefined ? undefined : this.cursors.read(caller.tenant, POLICIES, cursor);
    const { items, last } = await this.listPolicies.execute(caller, after, limit);
    return {
      items: [...items],
      nextCursor: last ? this.cursors.write(caller.tenant, POLICIES, last.id) : null,
    };
  }

  @Get(':id/versions')
  @Operation({
    id: 'listPolicyVersions',
    summary: 'List the versions of a policy',
    description: 'The newest first, with who made them; of a deleted policy too.',
    scope: 'challenge:policy:get',
    status: 200,
    response: PolicyVersionListResponse,
    problems: ['policy-not-found'],
  })
  async versions(
    @CurrentCaller() caller: Caller,
    @PolicyId() id: string,
    @Query() { limit, cursor }: ListQuery,
  ): Promise<PolicyVersionListResponse> {
    const list = `${POLICIES}/${id}/versions`;
    const before = cursor === undefined ? undefined : Number(this.cursors.read(caller.tenant, list, cursor));
    const { items, last } = await this.listVersions.execute(caller, id, before, limit);
    return {
      items: items.map(presentVersionSummary),
      nextCursor: last ? this.cursors.write(caller.tenant, list, String(last.version)) : null,
    };
  }

  @Get(':id/versions/:version')
  @Operation({
    id: 'getPolicyVersion',
    summary: 'Get a version of a policy',
    description: 'As it was made, and by whom; of a deleted policy too.',
    scope: 'challenge:policy:get',
    status: 200,
    response: PolicyVersionResponse,
    problems: ['policy-not-found'],
  })
  async version(
    @CurrentCaller() caller: Caller,
    @PolicyId() id: string,
    @VersionNumber() version: number,
  ): Promise<PolicyVersionResponse> {
    return presentVersion(await this.getVersion.execute(caller, id, version));
  }
}
