import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { emailOTP } from 'better-auth/plugins/email-otp';
import pg from 'pg';

/** better-auth with its e-mail OTP on PostgreSQL, set up as its documentation says; what it would send goes nowhere. */
const { databaseUrl, poolSize, secret } = JSON.parse(process.env.PEER);
const auth = betterAuth({
  database: new pg.Pool({ connectionString: databaseUrl, max: poolSize }),
  secret,
  baseURL: 'http://127.0.0.1',
  // Its limits would refuse what is measured, and its telemetry would leave this machine.
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  plugins: [emailOTP({ sendVerificationOTP: async () => undefined })],
});
const { runMigrations } = await getMigrations(auth.options);
await runMigrations();

const server = createServer(toNodeHandler(auth));
process.once('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => console.log(`listening http://127.0.0.1:${server.address().port}`));
