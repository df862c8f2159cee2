import { minutesLeft } from './minutes-left.js';
import { SampleValue } from './sample-value.js';
import type { TemplateScope } from './render-part.js';
import type { DeliveredType, TemplateVariables } from './template.js';

/** What is known of a policy's challenges before one is created. */
export interface SampleFacts {
  readonly type: DeliveredType;
  readonly code: { readonly length: number; readonly alphabet: 'DIGITS' | 'UNAMBIGUOUS' } | null;
  readonly expiresInSeconds: number;
  readonly tenant: string;
}

const SAMPLE_DIGITS = '4083915627';
const SAMPLE_LETTERS = '7KQ2M9XDWT';
/** 32 bytes in base64url, as every token. */
const SAMPLE_TOKEN = 'c2FtcGxlLXRva2VuLW5ldmVyLWlzc3VlZC1ieS11cw_';
const SAMPLE_CHALLENGE_ID = '01980000-0000-7000-8000-000000000000';

/** What a preview shows: the values given, and a placeholder in brackets for each that is not. */
export function previewScope(facts: SampleFacts, given: TemplateVariables['variables']): TemplateScope {
  const placeholder = (name: string): string => `[${name}]`;
  return {
    ...fixedSamples(facts),
    action: { name: placeholder('action'), details: new SampleValue('', placeholder) },
    variables: new SampleValue('', placeholder, given),
  };
}

/** What no caller chooses, as long as it ever is. */
export function fixedSamples({
  type,
  code,
  expiresInSeconds,
  tenant,
}: SampleFacts): Omit<TemplateScope, 'action' | 'variables'> {
  const letters = code?.alphabet === 'UNAMBIGUOUS' ? SAMPLE_LETTERS : SAMPLE_DIGITS;
  return {
    ...(type === 'EMAIL_LINK' ? { token: SAMPLE_TOKEN } : { code: letters.slice(0, code?.length) }),
    challengeId: SAMPLE_CHALLENGE_ID,
    expiresInMinutes: minutesLeft(expiresInSeconds * 1_000),
    tenant,
  };
}
