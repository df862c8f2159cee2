import { DEVELOPMENT_CLIENTS } from './development-clients.js';
import type { Settings } from './settings.js';

/** The last lines of a start: what to open, who may call, and a first challenge to paste into bash. */
export function welcome({ ports, metricsPorts }: Settings, seconds: number): string {
  const clients = DEVELOPMENT_CLIENTS.map(({ id, secret, tenant }) => `${id} / ${secret} (tenant ${tenant})`);
  return `
Ready after ${seconds.toFixed(1)} s. Ctrl-C stops everything.

  API          http://localhost:${ports.PORT}/v1
  Swagger UI   http://localhost:${ports.PORT}/docs
  Mailbox      http://localhost:${ports.MAIL_WEB_PORT}
  Token        http://localhost:${ports.AUTH_PORT}/token
  Clients      ${clients.join(', ')}${metricsPorts ? metricsLine(metricsPorts) : ''}

A first challenge, from create to COMPLETED; paste it into another terminal (bash):

${firstChallenge(ports)}
`;
}

function metricsLine({ api, worker }: NonNullable<Settings['metricsPorts']>): string {
  return `\n  Metrics      http://127.0.0.1:${api}/metrics (API), http://127.0.0.1:${worker}/metrics (worker)`;
}

/** The recipient is a new one on each run, so that its mail is told from earlier ones and its limits are untouched. */
function firstChallenge(ports: Settings['ports']): string {
  return `API=http://localhost:${ports.PORT}/v1
MAIL=http://localhost:${ports.MAIL_WEB_PORT}/api/email
pick() { node -pe "JSON.parse(fs.readFileSync(0))$1"; }
TOKEN=$(curl -s -u acme:acme-secret -d grant_type=client_credentials http://localhost:${ports.AUTH_PORT}/token | pick .access_token)
call() { curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' "$@"; }
TO="ann-$(date +%s)@example.com"
ID=$(call $API/challenges -d "{\\"policyAlias\\":\\"password-reset\\",\\"recipient\\":\\"$TO\\"}" | pick .id)
until CODE=$(curl -s "$MAIL?to.address=$TO" | pick '[0].text.match(/[0-9]{6}/)[0]' 2>/dev/null); do sleep 0.2; done
call $API/challenges/$ID/answer -d "{\\"answer\\":\\"$CODE\\"}" | pick .state
call $API/challenges/$ID/complete -d '{}' | pick .state`;
}
