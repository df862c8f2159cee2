/** What tokens of an issuer may be signed with unless it says otherwise. */
export const DEFAULT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'] as const;

/** Asymmetric signatures alone: `none` and HMAC would let anyone who knows the public key sign (RFC 8725, 3.1). */
export const ASYMMETRIC_ALGORITHMS: readonly string[] = [
  ...DEFAULT_ALGORITHMS,
  'RS384',
  'RS512',
  'PS384',
  'PS512',
  'ES512',
];
