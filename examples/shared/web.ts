import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Html, html, page, STYLE } from './html.js';
import { sessionOf } from './sessions.js';

/** What a page's handler knows of its request. */
export interface Visit<Session> {
  /** Kept on the server, for this browser alone. */
  readonly session: Session;
  /** The fields of the form that was sent; a missing one is empty. */
  readonly field: (name: string) => string;
  readonly ip: string;
  /** Gives the browser another name for its session, as is due whenever somebody signs in. */
  readonly renew: () => void;
}

/** A page, or the path or URL to go to next. */
export type Reply = Html | string;

type Route<Session> = (visit: Visit<Session>) => Promise<Reply> | Reply;

export interface Site<Session> {
  /** The cookie's name: ports of one machine share their cookies. */
  readonly cookie: string;
  /** By method and path, such as `POST /code`. */
  readonly routes: Readonly<Record<string, Route<Session>>>;
  readonly newSession: () => Session;
  /** Scripts of the site, by path. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Other origins to which a form of the site may lead. */
  readonly leadsTo?: string;
}

export interface RunningSite {
  readonly url: string;
  readonly server: Server;
}

const FORM_LIMIT_BYTES = 16 * 1024;

/** Serves a site on this machine alone. */
export async function serve<Session>(site: Site<Session>, port: number): Promise<RunningSite> {
  const sessions = new Map<string, Session>();
  const server = createServer((request, response) => {
    answer(site, sessions, request, response).catch((error: unknown) => {
      console.error(error);
      send(response, 500, page('Something went wrong', html`<p>Please try again in a moment.</p>`));
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, server };
}

async function answer<Session>(
  site: Site<Session>,
  sessions: Map<string, Session>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  secure(response, site.leadsTo);
  const script = site.scripts?.[pathname];
  const route = site.routes[`${request.method ?? ''} ${pathname}`];
  if (pathname === '/style.css') sendText(response, 'text/css', STYLE);
  else if (script !== undefined) sendText(response, 'text/javascript', script);
  else if (route) await answerPage(site, sessions, route, request, response);
  else send(response, 404, page('Not found', html`<p><a href="/">Start</a></p>`));
}

async function answerPage<Session>(
  site: Site<Session>,
  sessions: Map<string, Session>,
  route: Route<Session>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const form = request.method === 'POST' ? await readForm(request) : new URLSearchParams();
  const { name, session } = sessionOf(site, sessions, request.headers.cookie);
  name.keep(response);
  const reply = await route({
    session,
    field: (field) => form.get(field) ?? '',
    ip: request.socket.remoteAddress ?? '',
    renew: () => {
      name.renew(response);
    },
  });
  if (reply instanceof Html) send(response, 200, reply);
  else response.writeHead(303, { location: reply }).end();
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > FORM_LIMIT_BYTES) throw new Error('The form is too large');
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

function secure(response: ServerResponse, leadsTo = ''): void {
  response.setHeader(
    'content-security-policy',
    `default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self' ${leadsTo}; base-uri 'none'; frame-ancestors 'none'`,
  );
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'no-store');
}

function send(response: ServerResponse, status: number, { text }: Html): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(text);
}

function sendText(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(text);
}
