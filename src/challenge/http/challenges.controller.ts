import { Body, Controller, Delete, Get, Post, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../../auth/current-caller.js';
import { type Checked, CheckedBody } from '../../http/checked-body.js';
import { Operation } from '../../http/operation.js';
import type { Caller } from '../../shared/caller.js';
import { CancelChallenge } from '../application/cancel-challenge.js';
import type { CoreRequest } from '../application/core-request.js';
import { CreateChallenge } from '../application/create-challenge.js';
import { GetChallenge } from '../application/get-challenge.js';
import { RefuseChallenge } from '../application/refuse-challenge.js';
import { CREATE_EXAMPLES } from './challenge-examples.js';
import { FromCaller } from './core-request.decorator.js';
import { ChallengeId } from './challenge-id.js';
import { present, presentAnswered, presentCreated } from './presenter.js';
import { CreateChallengeRequest } from './requests.js';
import { ChallengeResponse, CreatedChallengeResponse } from './responses.js';

@ApiTags('Challenges')
@Controller('v1/challenges')
export class ChallengesController {
  constructor(
    private readonly createChallenge: CreateChallenge,
    private readonly refuseChallenge: RefuseChallenge,
    private readonly getChallenge: GetChallenge,
    private readonly cancelChallenge: CancelChallenge,
  ) {}

  @Post()
  @ApiBody({ type: CreateChallengeRequest, examples: CREATE_EXAMPLES })
  @Operation({
    id: 'createChallenge',
    summary: 'Create a challenge',
    description:
      'Issues a one-time challenge under a named policy. Its message is sent at once, outside this request.',
    scope: 'challenge:post',
    status: 201,
    response: CreatedChallengeResponse,
    headers: { Location: 'The path of the challenge.' },
    idempotent: true,
    problems: [
      'policy-unknown',
      'recipient-invalid',
      'recipient-not-allowed',
      'action-required',
      'template-invalid',
      'challenge-already-active',
      'channel-disabled',
      'issuance-disabled',
    ],
  })
  async create(
    @FromCaller() request: CoreRequest,
    @Body(new CheckedBody(CreateChallengeRequest)) { body, malformed }: Checked<CreateChallengeRequest>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CreatedChallengeResponse> {
    if (malformed) return this.refuseChallenge.execute(request.caller, body, malformed);
    return presentCreated(reply, await this.createChallenge.execute(request, body));
  }

  @Get(':id')
  @Operation({
    id: 'getChallenge',
    summary: 'Get a challenge',
    description: 'How a challenge and its newest delivery stand at this instant.',
    scope: 'challenge:get',
    status: 200,
    response: ChallengeResponse,
    problems: ['challenge-not-found'],
  })
  async get(@CurrentCaller() caller: Caller, @ChallengeId() id: string): Promise<ChallengeResponse> {
    return present(await this.getChallenge.execute(caller, id));
  }

  @Delete(':id')
  @Operation({
    id: 'cancelChallenge',
    summary: 'Cancel a challenge',
    description: 'Ends a challenge that is ISSUED or VERIFIED. Cancelling it again changes nothing.',
    scope: 'challenge:delete',
    status: 200,
    response: ChallengeResponse,
    problems: ['challenge-not-found', 'challenge-state-conflict'],
  })
  async cancel(
    @FromCaller() request: CoreRequest,
    @ChallengeId() id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChallengeResponse> {
    return presentAnswered(reply, await this.cancelChallenge.execute(request, id));
  }
}
