/** Who calls, as the verified access token says. The tenant comes from here and from nowhere else. */
export interface Caller {
  readonly tenant: string;
  readonly issuer: string;
  /** The OAuth client (`client_id`, `azp` or `sub` of the token). */
  readonly client: string;
  readonly scopes: ReadonlySet<string>;
}
