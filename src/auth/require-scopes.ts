import { SetMetadata } from '@nestjs/common';

/** Every scope of the contract. They match whole strings: none implies another. */
export const SCOPES = [
  'challenge:post',
  'challenge:get',
  'challenge:delete',
  'challenge:answer',
  'challenge:resend',
  'challenge:complete',
  'challenge:policy:get',
  'challenge:policy:post',
  'challenge:policy:put',
  'challenge:policy:delete',
  'challenge:configuration:get',
  'challenge:configuration:put',
] as const;

export type Scope = (typeof SCOPES)[number];

export const REQUIRED_SCOPES = 'acs:required-scopes';
export const PUBLIC_ROUTE = 'acs:public-route';

/** The scopes a token must hold, all of them, to call the route. */
export const RequireScopes = (...scopes: [Scope, ...Scope[]]): MethodDecorator =>
  SetMetadata(REQUIRED_SCOPES, scopes);

/** The route answers without a token. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC_ROUTE, true);
