import { Module } from '@nestjs/common';
import { FailedAuthentications } from './failed-authentications.js';

/** One count of failures, whatever it was that a source could not show: a token, or a provider's signature. */
@Module({ providers: [FailedAuthentications], exports: [FailedAuthentications] })
export class FailedAuthenticationsModule {}
