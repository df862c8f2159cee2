import { Param } from '@nestjs/common';
import { Identifier } from '../../http/identifier.pipe.js';

/** The challenge a path names. */
export const ChallengeId = (): ParameterDecorator => Param('id', new Identifier('challenge-not-found'));
