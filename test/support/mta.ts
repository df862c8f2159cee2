import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { type Child, startNative } from '../../scripts/quickstart/child.js';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { onPath } from '../../scripts/quickstart/on-path.js';
import { freePort } from '../../scripts/quickstart/ports.js';
import { eventually } from './eventually.js';
import { selfSigned } from './self-signed-certificate.js';

/** Exim delivers under another account than its caller's, which only root may let it. */
const PROGRAM = process.getuid?.() === 0 ? onPath('exim4', 'exim') : undefined;

/** `describe` for what needs a real mail server: skipped, and reported as such, without Exim or without root. */
export const describeOnMta: typeof describe | typeof describe.skip = PROGRAM ? describe : describe.skip;

/** A real mail server, Exim, on loopback: its spool, certificate and Maildir lie in a folder of its own. */
export class Mta {
  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly child: Child,
  ) {}

  /** Takes mail over TLS alone where `plain` is false. */
  static async start({ plain }: { readonly plain: boolean }): Promise<Mta> {
    const folder = mkdtempSync(join(tmpdir(), 'acs-mta-'));
    chmodSync(folder, 0o777); // Exim's own account writes to it
    const port = await freePort();
    const { certificate, privateKey } = selfSigned(30, '127.0.0.1');
    writeFileSync(join(folder, 'certificate.pem'), certificate);
    writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const file = join(folder, 'exim.conf');
    writeFileSync(file, configuration(folder, plain));
    const child = startNative(
      {
        command: PROGRAM!,
        args: ['-C', file, '-bdf', '-oX', `127.0.0.1:${port}`],
        stopSignal: 'SIGTERM',
        removeAfter: folder,
      },
      { name: 'Exim', env: systemEnvironment() },
    );
    await eventually(() => logOf(folder).includes('daemon started'));
    return new Mta(port, folder, child);
  }

  /** The authority that vouches for it: its own certificate, as a file. */
  get certificateFile(): string {
    return join(this.folder, 'certificate.pem');
  }

  /** The messages in its Maildir, byte for byte but for the line ends, which are those of the wire again. */
  mails(): string[] {
    const folder = join(this.folder, 'mail', 'new');
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map((name) =>
      readFileSync(join(folder, name), 'latin1').replace(/\r?\n/g, '\r\n'),
    );
  }

  /** The messages to the address. */
  to(address: string): string[] {
    return this.mails().filter((mail) => mail.includes(`\r\nEnvelope-to: ${address}\r\n`));
  }

  async stop(): Promise<void> {
    await this.child.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function logOf(folder: string): string {
  const file = join(folder, 'mainlog');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function configuration(folder: string, plain: boolean): string {
  return `
primary_hostname = mta.test
spool_directory = ${folder}/spool
log_file_path = ${folder}/%slog
pid_file_path = ${folder}/pid
log_selector = +pid
keep_environment =
local_interfaces = 127.0.0.1
deliver_drop_privilege
host_lookup =
dkim_verify_signers =
tls_advertise_hosts = *
tls_certificate = ${folder}/certificate.pem
tls_privatekey = ${folder}/key.pem
acl_smtp_mail = from
acl_smtp_rcpt = to
begin acl
from:
  ${plain ? 'accept' : 'deny condition = ${if eq{$tls_in_cipher}{}}\n  accept'}
to:
  accept
begin routers
all:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = ${folder}/mail
  maildir_format
  create_directory
  envelope_to_add
  return_path_add
`;
}
