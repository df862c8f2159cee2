import { Injectable } from '@nestjs/common';
import { ConfigurationReader } from '../../config/application/configuration-reader.js';
import { AppError } from '../../shared/app-error.js';
import type { Transaction } from '../../shared/transactor.js';
import { assess, type Assessment } from '../domain/assess.js';
import type { PolicyContent } from '../domain/policy.js';

/** Whether a policy may be saved in the caller's tenant, as it is configured now. */
@Injectable()
export class PolicyChecks {
  constructor(private readonly configurations: ConfigurationReader) {}

  /** Throws `request-invalid`, `template-invalid` or `policy-unsafe`, the first that applies, with every finding. */
  async assertSound(tx: Transaction, content: PolicyContent): Promise<void> {
    const { structural, template, guessable } = await this.assess(tx, content);
    const unsafe =
      guessable === null ? [] : [{ pointer: '/conditions', code: 'policy-unsafe', detail: guessable }];
    const errors = [...structural, ...template, ...unsafe];
    if (structural.length > 0) throw new AppError('request-invalid', { errors });
    if (template.length > 0) throw new AppError('template-invalid', { errors });
    if (guessable !== null) throw new AppError('policy-unsafe', { detail: guessable, errors });
  }

  async assess(tx: Transaction, content: PolicyContent): Promise<Assessment> {
    const { sms, links } = await this.configurations.current(tx);
    return assess(content, {
      tenant: tx.tenant,
      maxSegments: sms.maxSegments,
      allowedOrigins: links.allowedOrigins,
    });
  }
}
