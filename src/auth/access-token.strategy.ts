import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import type { Caller } from '../shared/caller.js';
import { FailedAuthentications } from './failed-authentications.js';
import { Possession, type PossessionRequest } from './possession.js';
import { presentedToken } from './presented-token.js';
import { TokenVerifier } from './token-verifier.js';

export const ACCESS_TOKEN = 'access-token';

interface AuthenticatingRequest extends PossessionRequest {
  readonly ip: string;
}

type Verify = (token: string) => Promise<Caller>;
type Verified = (error: unknown, caller?: Caller) => void;

/**
 * passport-jwt with `TokenVerifier` (jose) in place of jsonwebtoken, which knows no EdDSA and accepts tokens
 * without `exp`. What the strategy calls the key is the function that verifies the token, and then that the
 * request may use it.
 */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, ACCESS_TOKEN) {
  constructor(tokens: TokenVerifier, possession: Possession, failures: FailedAuthentications) {
    const verifyFor =
      (request: AuthenticatingRequest): Verify =>
      async (token) => {
        const verified = await tokens.verify(token, () => {
          failures.refuseIfExhausted(request.ip);
        });
        await possession.check(request, token, verified);
        return verified.caller;
      };
    super({
      jwtFromRequest: (request: AuthenticatingRequest) => presentedToken(request),
      secretOrKeyProvider: (
        request: AuthenticatingRequest,
        _token: string,
        done: (error: null, verify: Verify) => void,
      ) => {
        done(null, verifyFor(request));
      },
    } as unknown as StrategyOptionsWithoutRequest);
  }

  validate(caller: Caller): Caller {
    return caller;
  }
}

Object.assign(Strategy, {
  JwtVerifier: (token: string, verify: Verify, _options: unknown, done: Verified): void => {
    verify(token).then((caller) => {
      done(null, caller);
    }, done);
  },
});
