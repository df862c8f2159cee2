/** A value as it was bound: text, bytes, or null. */
export type Bound = string | Buffer | null;

export interface ClientStatement {
  /** Empty where the statement was not prepared under a name. */
  readonly name: string;
  readonly text: string;
  readonly values: readonly Bound[];
}

const BINARY = 1;

/** A row as it came, in text. */
export type AnsweredRow = Readonly<Record<string, string | null>>;

/** Cuts a byte stream into messages: a type, a length, a body. */
class Messages {
  private unread: Buffer = Buffer.alloc(0);

  /** The start-up message, a client's first, alone has no type. */
  constructor(private untypedFirst: boolean) {}

  *of(chunk: Buffer): Generator<readonly [type: string, body: Buffer]> {
    this.unread = this.unread.length === 0 ? chunk : Buffer.concat([this.unread, chunk]);
    for (;;) {
      const typeLength = this.untypedFirst ? 0 : 1;
      if (this.unread.length < typeLength + 4) return;
      const end = typeLength + this.unread.readInt32BE(typeLength);
      if (this.unread.length < end) return;
      const type = this.untypedFirst ? '' : String.fromCharCode(this.unread[0]!);
      const body = this.unread.subarray(typeLength + 4, end);
      this.untypedFirst = false;
      this.unread = this.unread.subarray(end);
      yield [type, body];
    }
  }
}

/** Reads what PostgreSQL answers and tells, execution by execution, the first row of each. */
export class ServerStream {
  private readonly messages = new Messages(false);
  private columns: readonly string[] = [];
  private row: AnsweredRow | undefined;

  constructor(private readonly onAnswered: (row: AnsweredRow | undefined) => void) {}

  read(chunk: Buffer): void {
    for (const [type, body] of this.messages.of(chunk)) {
      if (type === 'T') this.columns = columnNames(body);
      else if (type === 'D') this.row ??= rowOf(body, this.columns);
      else if ('CIE'.includes(type)) {
        this.onAnswered(this.row);
        this.row = undefined;
      }
    }
  }
}

/** Reads what a client sends to PostgreSQL (message formats of the frontend/backend protocol 3.0) and tells each execution. */
export class ClientStream {
  /** Whether the session was opened with `synchronous_commit=off`. */
  durable = true;
  private readonly texts = new Map<string, string>();
  private bound: ClientStatement | undefined;
  private readonly messages = new Messages(true);

  constructor(private readonly onStatement: (statement: ClientStatement) => void) {}

  read(chunk: Buffer): void {
    for (const [type, body] of this.messages.of(chunk)) this.message(type, body);
  }

  private message(type: string, body: Buffer): void {
    if (type === '') this.durable = !body.includes('synchronous_commit=off');
    else if (type === 'P')
      this.texts.set(textAt(body, 0), textAt(body, Buffer.byteLength(textAt(body, 0)) + 1));
    else if (type === 'B') this.bound = this.bind(body);
    else if (type === 'E' && this.bound) this.onStatement(this.bound);
    else if (type === 'Q') this.onStatement({ name: '', text: textAt(body, 0), values: [] });
  }

  private bind(body: Buffer): ClientStatement {
    const portal = textAt(body, 0);
    let at = Buffer.byteLength(portal) + 1;
    const name = textAt(body, at);
    at += Buffer.byteLength(name) + 1;
    const int16 = (): number => body.readInt16BE((at += 2) - 2);
    const formats = Array.from({ length: int16() }, int16);
    const values = Array.from({ length: int16() }, (_, index): Bound => {
      const length = body.readInt32BE((at += 4) - 4);
      if (length < 0) return null;
      const bytes = body.subarray(at, (at += length));
      const format = formats.length === 1 ? formats[0] : formats[index];
      return format === BINARY ? Buffer.from(bytes) : bytes.toString();
    });
    return { name, text: this.texts.get(name) ?? '', values };
  }
}

function textAt(body: Buffer, from: number): string {
  return body.toString('utf8', from, body.indexOf(0, from));
}

/** Of each column: a name, then 18 bytes of its type and place. */
function columnNames(body: Buffer): string[] {
  let at = 2;
  return Array.from({ length: body.readInt16BE(0) }, () => {
    const name = textAt(body, at);
    at += Buffer.byteLength(name) + 1 + 18;
    return name;
  });
}

function rowOf(body: Buffer, columns: readonly string[]): AnsweredRow {
  let at = 2;
  return Object.fromEntries(
    columns.map((name) => {
      const length = body.readInt32BE((at += 4) - 4);
      return [name, length < 0 ? null : body.toString('utf8', at, (at += length))];
    }),
  );
}
