/** A value that every replay binds alike. Bytes are hexadecimal, since scripts travel as JSON. */
export type Constant = string | null | { readonly hex: string };

/** A value that every replay makes anew, in the likeness of what was recorded. */
export type Fresh =
  /** A UUIDv7 (RFC 9562) of a time, so many ms from now; `floor` is the least of that time. */
  | { readonly kind: 'uuid'; readonly offsetMs: number; readonly floor: boolean }
  | { readonly kind: 'bytes'; readonly length: number }
  | { readonly kind: 'time'; readonly offsetMs: number }
  /** Text that holds what the request gave, as `{name}`. */
  | { readonly kind: 'given'; readonly text: string }
  /** Text whose long hexadecimal numbers are drawn anew. */
  | { readonly kind: 'hex'; readonly text: string };

export type Parameter =
  | { readonly constant: Constant }
  /** The place in `Script.fresh`. */
  | { readonly fresh: number }
  /** What an earlier statement of the request, by its place among all, was answered with. */
  | { readonly answeredTo: number; readonly column: string };

export interface ScriptStatement {
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly Parameter[];
}

/** Statements of one transaction that go out together. */
export interface Trip {
  readonly transaction: number;
  readonly statements: readonly ScriptStatement[];
}

/** What requests that arrive together may do once for all of them; on connections whose commit does not wait for the disk. */
export interface Step {
  readonly shared: boolean;
  readonly trips: readonly Trip[];
}

/** The statements of one request, as the product sends them, and its answer. */
export interface Script {
  readonly steps: readonly Step[];
  readonly fresh: readonly Fresh[];
  readonly answer: {
    readonly status: number;
    readonly body: Readonly<Record<string, unknown>>;
    readonly id: number | null;
  };
}

/** What a request gives: names and values. */
export type Given = Readonly<Record<string, string>>;
