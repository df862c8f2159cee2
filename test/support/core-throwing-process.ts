/**
 * Loaded before an API process (`--import`): behind the comparison of an answer, what `THROWS_IN` names throws: the
 * `handler` when the use case has returned, an `interceptor` around it, or the exception `filter`.
 */
import { register } from 'node:module';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { map } from 'rxjs';
import { AnswerChallenge } from '../../src/challenge/application/answer-challenge.js';
import { ProblemFilter } from '../../src/http/problem.filter.js';

class Fault extends Error {
  constructor() {
    super('a fault of the proof');
  }
}

class ThrowingInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    const answered = next.handle();
    if (context.getHandler().name !== 'answer') return answered;
    return answered.pipe(
      map(() => {
        throw new Fault();
      }),
    );
  }
}

const FAULTS: Readonly<Record<string, () => void>> = {
  handler: () => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- applied to its own object below
    const { execute } = AnswerChallenge.prototype;
    AnswerChallenge.prototype.execute = async function (...given) {
      await execute.apply(this, given);
      throw new Fault();
    };
  },
  interceptor: () => {
    const factory = NestFactory as { create: (...given: unknown[]) => Promise<NestFastifyApplication> };
    const create = factory.create.bind(factory);
    factory.create = async (...given) => {
      const app = await create(...given);
      app.useGlobalInterceptors(new ThrowingInterceptor());
      return app;
    };
  },
  filter: () => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called on its own object below
    const answer = ProblemFilter.prototype.catch;
    ProblemFilter.prototype.catch = function (thrown, host) {
      // Its own failure comes back to it.
      if (!(thrown instanceof Fault)) throw new Fault();
      answer.call(this, thrown, host);
    };
  },
};

// In the place of the bundle, whose copies of these modules nobody reaches, runs what it was made of.
const ENTRY = `export const resolve = (specifier, context, next) =>
  next(specifier.replace(/\\bmain\\.(\\w+\\.js)$/, 'main/$1'), context);`;
register(`data:text/javascript,${encodeURIComponent(ENTRY)}`);

FAULTS[process.env['THROWS_IN'] ?? '']!();
