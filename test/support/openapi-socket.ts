import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection on which anything can be sent. */
export class RawConnection {
  private received = '';

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (chunk: string) => (this.received += chunk));
    // A reset is an end; what was received before tells the rest.
    socket.on('error', () => undefined);
  }

  static async open(baseUrl: string): Promise<RawConnection> {
    const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1');
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  write(text: string): void {
    this.socket.write(text);
  }

  /** Resolves with all that was received, once so many final answers are there in full. */
  async answers(count: number): Promise<RawAnswer[]> {
    for (;;) {
      const answers = readAnswers(this.received);
      if (answers.length >= count) return answers;
      if (this.socket.closed) throw new Error(`Closed after: ${this.received}`);
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')]);
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The final answers in a text; each must say its length. */
function readAnswers(text: string): RawAnswer[] {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return [];
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.split(': ', 1)[0]!.toLowerCase(), line.replace(/^[^:]*: /, '')]),
  );
  const status = Number(statusLine.split(' ')[1]);
  const rest = text.slice(end + 4);
  if (status < 200) return readAnswers(rest);
  const length = Number(headers.get('content-length'));
  const bytes = Buffer.from(rest);
  if (bytes.length < length) return [];
  const answer = { status, headers, body: bytes.subarray(0, length).toString() };
  return [answer, ...readAnswers(bytes.subarray(length).toString())];
}
