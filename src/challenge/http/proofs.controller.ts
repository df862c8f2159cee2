import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { EMPTY_BODY, EmptyBody } from '../../http/empty-body.pipe.js';
import { Operation } from '../../http/operation.js';
import { AnswerChallenge } from '../application/answer-challenge.js';
import { CompleteChallenge } from '../application/complete-challenge.js';
import type { CoreRequest } from '../application/core-request.js';
import { ResendChallenge } from '../application/resend-challenge.js';
import { ANSWER_EXAMPLES, COMPLETE_EXAMPLES } from './challenge-examples.js';
import { ChallengeId } from './challenge-id.js';
import { FromCaller } from './core-request.decorator.js';
import { presentAnswered } from './presenter.js';
import { AnswerChallengeRequest, CompleteChallengeRequest } from './requests.js';
import { ChallengeResponse } from './responses.js';

@ApiTags('Challenges')
@Controller('v1/challenges/:id')
export class ProofsController {
  constructor(
    private readonly answerChallenge: AnswerChallenge,
    private readonly resendChallenge: ResendChallenge,
    private readonly completeChallenge: CompleteChallenge,
  ) {}

  @Post('answer')
  @ApiBody({ type: AnswerChallengeRequest, examples: ANSWER_EXAMPLES })
  @Operation({
    id: 'answerChallenge',
    summary: 'Answer a challenge',
    description:
      'Checks a code or token. Each answer that is checked counts one attempt, whatever becomes of it; a wrong answer is never a 2xx. Answers at the same time do not wait for one another: while those that came first are being checked, others are refused with `challenge-state-conflict` and `Retry-After`.',
    scope: 'challenge:answer',
    status: 200,
    response: ChallengeResponse,
    idempotent: true,
    problems: [
      'challenge-not-found',
      'challenge-state-conflict',
      'answer-incorrect',
      'answer-superseded',
      'action-mismatch',
    ],
  })
  async answer(
    @FromCaller() request: CoreRequest,
    @ChallengeId() id: string,
    @Body() body: AnswerChallengeRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChallengeResponse> {
    return presentAnswered(reply, await this.answerChallenge.execute(request, { ...body, id }));
  }

  @Post('resend')
  @ApiBody(EMPTY_BODY)
  @Operation({
    id: 'resendChallenge',
    summary: 'Resend a challenge',
    description:
      'Delivers the code or link again to the original recipient. Attempts never reset; while the last one is being checked, nothing is sent. The configuration of today decides: what it no longer lets go to the recipient, or lead to the origin of the link, is refused as a create would be.',
    scope: 'challenge:resend',
    status: 202,
    response: ChallengeResponse,
    idempotent: true,
    problems: [
      'challenge-not-found',
      'challenge-state-conflict',
      'resend-exhausted',
      'resend-not-applicable',
      'resend-too-soon',
      'recipient-not-allowed',
      'template-invalid',
      'channel-disabled',
    ],
  })
  async resend(
    @FromCaller() request: CoreRequest,
    @ChallengeId() id: string,
    @Body(EmptyBody) _body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChallengeResponse> {
    return presentAnswered(reply, await this.resendChallenge.execute(request, id));
  }

  @Post('complete')
  @ApiBody({ type: CompleteChallengeRequest, required: false, examples: COMPLETE_EXAMPLES })
  @Operation({
    id: 'completeChallenge',
    summary: 'Complete a challenge',
    description:
      'Confirms, once, that the action of a verified challenge was approved. Finalise what comes back, and nothing else.',
    scope: 'challenge:complete',
    status: 200,
    response: ChallengeResponse,
    idempotent: true,
    problems: ['challenge-not-found', 'challenge-state-conflict', 'action-required', 'action-mismatch'],
  })
  async complete(
    @FromCaller() request: CoreRequest,
    @ChallengeId() id: string,
    @Body() body: CompleteChallengeRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChallengeResponse> {
    return presentAnswered(reply, await this.completeChallenge.execute(request, id, body.action));
  }
}
