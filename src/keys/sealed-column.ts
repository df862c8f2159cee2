/** A column that holds envelopes of the key ring, for whoever seals what is in it again. */
export interface SealedColumn {
  /** What it holds, in the plural, for people. */
  readonly subject: string;
  readonly table: string;
  readonly column: string;
  /** The column that names a row within its tenant. */
  readonly name: { readonly column: string; readonly type: 'uuid' | 'text' };
  /** The function that lists, across tenants, the rows that another key sealed. */
  readonly listing: string;
  /** What the envelope of a row is bound to. */
  readonly rowId: (name: string) => string;
}
