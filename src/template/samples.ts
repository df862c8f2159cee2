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

/** The longest a caller may send, in the characters that cost an SMS most: two UCS-2 units each. */
const LONGEST_VALUE = '\u{1F600}'.repeat(256);
const LONGEST_ACTION_NAME = '\u{1F600}'.repeat(50);

/** What a preview shows: the values given, and a placeholder in brackets for each that is not. */
export function previewScope(facts: SampleFacts, given: TemplateVariables['variables']): TemplateScope {
  const placeholder = (name: string): string => `[${name}]`;
  return {
    ...fixedSamples(facts),
    action: { name: placeholder('action'), details: new SampleValue('', placeholder) },
    variables: new SampleValue('', placeholder, given),
  };
}

/** Every value that a caller may choose at its longest. */
export function longestScope(facts: SampleFacts): TemplateScope {
  const longest = (): string => LONGEST_VALUE;
  return {
    ...fixedSamples(facts),
    action: { name: LONGEST_ACTION_NAME, details: new SampleValue('', longest) },
    variables: new SampleValue('', longest),
  };
}

function fixedSamples({
  type,
  code,
  expiresInSeconds,
  tenant,
}: SampleFacts): Omit<TemplateScope, 'action' | 'variables'> {
  const letters = code?.alphabet === 'UNAMBIGUOUS' ? SAMPLE_LETTERS : SAMPLE_DIGITS;
  return {
    ...(type === 'EMAIL_LINK' ? { token: SAMPLE_TOKEN } : { code: letters.slice(0, code?.length) }),
    challengeId: SAMPLE_CHALLENGE_ID,
    expiresInMinutes: Math.ceil(expiresInSeconds / 60),
    tenant,
  };
}
