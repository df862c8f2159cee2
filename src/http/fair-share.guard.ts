import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../shared/caller.js';
import type { LoadShedder } from './load-shedder.js';

/** Behind the scopes guard: keeps one tenant's requests from taking the places of all the others'. */
export class FairShareGuard implements CanActivate {
  constructor(private readonly shedder: LoadShedder) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest & { readonly caller?: Caller }>();
    const refusal = request.caller && this.shedder.enterAs(request.caller.tenant, request);
    if (!refusal) return true;
    await this.shedder.holdBack();
    throw refusal;
  }
}
