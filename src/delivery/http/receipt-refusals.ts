import { Injectable, Logger } from '@nestjs/common';
import { FailedAuthentications } from '../../auth/failed-authentications.js';
import { AppError } from '../../shared/app-error.js';

/** Refuses receipts that their provider did not sign. */
@Injectable()
export class ReceiptRefusals {
  private readonly log = new Logger('Receipts');

  constructor(private readonly failures: FailedAuthentications) {}

  /**
   * Counts the failure for its source address, puts it on record and returns the refusal: of a request whose
   * signature is missing or wrong, since no access token and no scope would mend it (docs/decisions/0011).
   */
  refusalOf(ip: string, provider: string, signature: string): AppError {
    this.failures.refuseIfExhausted(ip);
    const failures = this.failures.record(ip);
    this.log.warn({ msg: 'Authentication failed', event: 'receipt-forged', provider, ip, failures });
    const detail = 'the provider did not sign this request';
    return new AppError('request-invalid', { errors: [{ pointer: signature, code: 'signature', detail }] });
  }
}
