import { Param, type PipeTransform } from '@nestjs/common';
import { Identifier } from '../../http/identifier.pipe.js';
import { AppError } from '../../shared/app-error.js';

/** The `id` of the path; what cannot be one is a policy that is not found. */
export const PolicyId = (): ParameterDecorator => Param('id', new Identifier('policy-not-found'));

/** The `version` of the path; what cannot be one is a version that is not found. */
export const VersionNumber = (): ParameterDecorator => Param('version', new Version());

class Version implements PipeTransform<string, number> {
  transform(value: string): number {
    if (!/^[1-9]\d{0,8}$/.test(value)) throw new AppError('policy-not-found');
    return Number(value);
  }
}
