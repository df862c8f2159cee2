/** What the OpenAPI document says of headers that many responses have. */
type HeaderObjects = Readonly<Record<string, object>>;

/** On every response. */
export const COMMON_HEADERS: HeaderObjects = {
  'Access-Control-Allow-Origin': {
    required: true,
    description: "The API's own origin, always: scripts of other sites may not read the answers.",
    schema: { type: 'string', format: 'uri', maxLength: 255 },
  },
  RateLimit: {
    required: true,
    description:
      'On 429 the limit that was reached, elsewhere how many requests with refused access tokens (`r`) this address may still send in so many seconds (`t`); draft-ietf-httpapi-ratelimit-headers.',
    schema: { type: 'string', maxLength: 255, pattern: '^"[a-z-]+";r=[0-9]+;t=[0-9]+$' },
    example: '"failed-authentications";r=100;t=60',
  },
};

const CHALLENGE: HeaderObjects = {
  'WWW-Authenticate': {
    required: true,
    description:
      'The challenge of RFC 6750, section 3; of RFC 9449, section 7.1, where the token is bound to a key.',
    schema: { type: 'string', maxLength: 1_024 },
    example: 'Bearer realm="acs", error="invalid_token", error_description="The access token has expired"',
  },
};
const RETRY_AFTER: HeaderObjects = {
  'Retry-After': {
    description: 'When to try again, in seconds; where waiting helps.',
    schema: { type: 'integer', format: 'int32', minimum: 1, maximum: 2_592_000 },
    example: 30,
  },
};

/** By the status of the problem. */
export const PROBLEM_HEADERS: Readonly<Record<string, HeaderObjects>> = {
  401: CHALLENGE,
  403: CHALLENGE,
  409: RETRY_AFTER,
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};
