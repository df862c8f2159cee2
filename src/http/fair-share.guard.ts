import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../shared/caller.js';
import type { LoadShedder } from './load-shedder.js';

/** Behind the scopes guard: keeps one tenant's requests from taking the places, and the turns, of all the others'. */
export class FairShareGuard implements CanActivate {
  constructor(private readonly shedder: LoadShedder) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest & { readonly caller?: Caller }>();
    if (!request.caller) return true;
    const { tenant } = request.caller;
    const beyondShare = this.shedder.enterAs(tenant, request);
    if (beyondShare) {
      // Nobody is going to read it, and it is kept for as long as the request.
      request.body = undefined;
      await this.shedder.holdBack();
    }
    const refusal = beyondShare ?? (await this.shedder.turnOf(tenant, request));
    if (refusal) throw refusal;
    return true;
  }
}
