import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Caller } from '../shared/caller.js';

/** The caller behind the verified token of the request, set by the scopes guard. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<{ caller?: Caller }>();
  if (!caller) throw new Error('A route without a verified token asked for its caller');
  return caller;
});
