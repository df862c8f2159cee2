import { Body, Controller, Delete, Get, Headers, Post, Put, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../../auth/current-caller.js';
import { type Checked, CheckedBody } from '../../http/checked-body.js';
import { admittedBy, HonoursIfMatch } from '../../http/entity-tag.js';
import { Operation } from '../../http/operation.js';
import type { Caller } from '../../shared/caller.js';
import { CreatePolicy } from '../application/create-policy.js';
import { DeletePolicy } from '../application/delete-policy.js';
import { GetPolicy } from '../application/get-policy.js';
import { PreviewPolicy } from '../application/preview-policy.js';
import { ReplacePolicy } from '../application/replace-policy.js';
import { draftOf } from './policy-content.js';
import { POLICY_EXAMPLES, PREVIEW_EXAMPLES, REPLACE_EXAMPLES } from './policy-examples.js';
import { PolicyId } from './policy-id.js';
import { presentCreated, presentCurrent, presentPreview } from './policy-presenter.js';
import { CreatePolicyRequest, PreviewPolicyRequest, ReplacePolicyRequest } from './policy.requests.js';
import { PolicyResponse } from './policy.responses.js';
import { PreviewResponse } from './preview.response.js';

const ETAG = { ETag: 'The version, for `If-Match`.' };

@ApiTags('Policies')
@Controller('v1/policies')
export class PoliciesController {
  constructor(
    private readonly createPolicy: CreatePolicy,
    private readonly getPolicy: GetPolicy,
    private readonly replacePolicy: ReplacePolicy,
    private readonly deletePolicy: DeletePolicy,
    private readonly previewPolicy: PreviewPolicy,
  ) {}

  @Post()
  @ApiBody({ type: CreatePolicyRequest, examples: POLICY_EXAMPLES })
  @Operation({
    id: 'createPolicy',
    summary: 'Create a policy',
    description:
      'Creates version 1. Conditions that are left out get their defaults, which the answer shows; every finding against the policy is in one answer.',
    scope: 'challenge:policy:post',
    status: 201,
    response: PolicyResponse,
    headers: { ...ETAG, Location: 'The path of the policy.' },
    problems: ['policy-alias-taken', 'policy-unsafe', 'template-invalid'],
  })
  async create(
    @CurrentCaller() caller: Caller,
    @Body(new CheckedBody(CreatePolicyRequest)) body: Checked<CreatePolicyRequest>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolicyResponse> {
    return presentCreated(reply, await this.createPolicy.execute(caller, draftOf(body)));
  }

  @Get(':id')
  @Operation({
    id: 'getPolicy',
    summary: 'Get a policy',
    description: 'The current version. It can be sent back by PUT as it is.',
    scope: 'challenge:policy:get',
    status: 200,
    response: PolicyResponse,
    headers: ETAG,
    problems: ['policy-not-found'],
  })
  async get(
    @CurrentCaller() caller: Caller,
    @PolicyId() id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolicyResponse> {
    return presentCurrent(reply, await this.getPolicy.execute(caller, id));
  }

  @Put(':id')
  @HonoursIfMatch()
  @ApiBody({ type: ReplacePolicyRequest, examples: REPLACE_EXAMPLES })
  @Operation({
    id: 'replacePolicy',
    summary: 'Replace a policy',
    description:
      'Replaces the policy whole by its next version; challenges under earlier versions keep them. Say which version is replaced: by `If-Match` (412 when stale) or `version` (409).',
    scope: 'challenge:policy:put',
    status: 200,
    response: PolicyResponse,
    headers: ETAG,
    problems: [
      'policy-not-found',
      'policy-version-conflict',
      ['policy-version-conflict', 'precondition-failed'],
      'precondition-required',
      'policy-alias-taken',
      'policy-type-fixed',
      'policy-unsafe',
      'template-invalid',
    ],
  })
  async replace(
    @CurrentCaller() caller: Caller,
    @PolicyId() id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body(new CheckedBody(ReplacePolicyRequest)) body: Checked<ReplacePolicyRequest>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolicyResponse> {
    const precondition = { admits: admittedBy(ifMatch), version: body.body.version };
    return presentCurrent(reply, await this.replacePolicy.execute(caller, id, draftOf(body), precondition));
  }

  @Delete(':id')
  @HonoursIfMatch()
  @Operation({
    id: 'deletePolicy',
    summary: 'Delete a policy',
    description: 'Nothing new is issued under it; what was issued goes on, and its versions stay readable.',
    scope: 'challenge:policy:delete',
    status: 204,
    problems: ['policy-not-found', ['policy-version-conflict', 'precondition-failed']],
  })
  async delete(
    @CurrentCaller() caller: Caller,
    @PolicyId() id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.deletePolicy.execute(caller, id, { admits: admittedBy(ifMatch) });
  }

  @Post(':id/preview')
  @ApiBody({ type: PreviewPolicyRequest, required: false, examples: PREVIEW_EXAMPLES })
  @Operation({
    id: 'previewPolicy',
    summary: 'Preview a message',
    description: 'Renders the message of a policy as it would be sent, with sample values. Nothing is sent.',
    scope: 'challenge:policy:get',
    status: 200,
    response: PreviewResponse,
    problems: ['policy-not-found', 'template-invalid'],
  })
  async preview(
    @CurrentCaller() caller: Caller,
    @PolicyId() id: string,
    @Body(new CheckedBody(PreviewPolicyRequest)) { body, malformed }: Checked<PreviewPolicyRequest>,
  ): Promise<PreviewResponse> {
    return presentPreview(
      await this.previewPolicy.execute(caller, id, { ...body, malformed: malformed ?? [] }),
    );
  }
}
