import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import type { Caller } from '../shared/caller.js';
import { type BearerRequest, bearerToken } from './bearer-token.js';
import { FailedAuthentications } from './failed-authentications.js';
import { TokenVerifier } from './token-verifier.js';

export const BEARER = 'bearer';

type Verify = (token: string) => Promise<Caller>;
type Verified = (error: unknown, caller?: Caller) => void;

/**
 * passport-jwt with `TokenVerifier` (jose) in place of jsonwebtoken, which knows no EdDSA and accepts tokens
 * without `exp`. What the strategy calls the key is the function that verifies the token.
 */
@Injectable()
export class BearerStrategy extends PassportStrategy(Strategy, BEARER) {
  constructor(tokens: TokenVerifier, failures: FailedAuthentications) {
    const verifyFor =
      ({ ip }: { readonly ip: string }): Verify =>
      (token) =>
        tokens.verify(token, () => {
          failures.refuseIfExhausted(ip);
        });
    super({
      jwtFromRequest: (request: BearerRequest) => bearerToken(request),
      secretOrKeyProvider: (
        request: { readonly ip: string },
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
