import type { Server, ServerResponse, IncomingMessage } from 'node:http';
import type { Http2SecureServer, Http2Server } from 'node:http2';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { ProblemFilter } from './problem.filter.js';

/** What Node keeps on a socket about the request it carries. */
interface RequestSocket extends Socket {
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null;
  readonly _httpMessage?: ServerResponse | null;
}

/** Answers, or leaves to others, what Node would otherwise answer by itself, without a problem document. */
export function answerRawRequests(
  server: Server | HttpsServer | Http2Server | Http2SecureServer,
  problems: ProblemFilter,
): void {
  // An expectation may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    server.emit('request', request, response);
  });
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    problems.answerOnSocket({ code: 'HPE_INVALID_METHOD' }, socket);
  });
  // Nothing was received or sent for a while. Who waits for an answer goes on waiting: the handler has a time-out.
  server.on('timeout', (socket: RequestSocket) => {
    if (socket._httpMessage && socket.parser?.incoming?.complete !== false) return;
    problems.answerOnSocket({ code: 'ERR_HTTP_REQUEST_TIMEOUT' }, socket);
  });
}
