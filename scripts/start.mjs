import { prepareOrExit } from './prepare.mjs';

const help = `npm start: the whole service on this machine, from Node alone.

  npm start                 start everything; Ctrl-C stops it
  npm start -- --help       this text
  npm run dev               the same; rebuilds and restarts API and worker when a source changes

It installs what the lock file names, builds, and starts PostgreSQL, an authorization server, a mailbox,
Redis (when redis-server or valkey-server is on the PATH, or REDIS_URL names one), the API and the worker.
Everything listens on loopback only; data is kept from one start to the next.

  PORT            3000    the API; Swagger UI is at /docs
  AUTH_PORT       3001    the development authorization server; its token endpoint is /token
  MAIL_WEB_PORT   1080    the mailbox page; its API is /api/email
  MAIL_SMTP_PORT  1025    where the worker hands its mail to the mailbox
  METRICS_PORT            metrics of the API, and on the next port metrics and queue of the worker; off unless set
  DATA_DIR        .acs    database, keys, mails and logs; delete it to start afresh
  REDIS_URL               a Redis to use for Bull instead of a private one

These keys are handed on to the API and the worker: LOG_LEVEL, CEILINGS, WEB_CONCURRENCY, WORKER_CONCURRENCY,
DATABASE_POOL_SIZE, OTEL_EXPORTER_OTLP_ENDPOINT, EMAIL_PROVIDERS, SMS_PROVIDERS (the last two default to the mailbox).

Clients (client credentials, HTTP basic): acme / acme-secret of tenant acme, globex / globex-secret of tenant
globex, each allowed every scope. A token request without scope is granted all of them. Access tokens are JWT;
resource=urn:acs:opaque in the token request asks for an opaque one.
`;

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  process.stdout.write(help);
} else {
  prepareOrExit();
  const { quickstart } = await import('../dist/scripts/quickstart.js');
  await quickstart({ watch: process.argv.includes('--watch') });
}
