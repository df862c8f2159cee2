import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe } from '@jest/globals';
import { type Child, startNative } from '../../scripts/quickstart/child.js';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { onPath } from '../../scripts/quickstart/on-path.js';
import { freePort } from '../../scripts/quickstart/ports.js';
import { eventually } from './eventually.js';
import { selfSigned } from './self-signed-certificate.js';

const run = promisify(execFile);

/** Postfix runs its parts under several accounts, which only root may let it. */
const PROGRAM = process.getuid?.() === 0 ? onPath('postfix') : undefined;

/** `describe` for what needs a real mail server: skipped, and reported as such, without Postfix or without root. */
export const describeOnMta: typeof describe | typeof describe.skip = PROGRAM ? describe : describe.skip;

/** A real mail server, Postfix, on loopback: its queue, certificate and Maildir lie in a folder of its own. */
export class Mta {
  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly child: Child,
  ) {}

  /** Takes mail over TLS alone where `plain` is false. */
  static async start({ plain }: { readonly plain: boolean }): Promise<Mta> {
    const folder = mkdtempSync(join(tmpdir(), 'acs-mta-'));
    const settingsFolder = join(folder, 'etc');
    // Its parts come here under accounts of their own, and one of them writes the mail.
    const modes = { '.': 0o755, etc: 0o755, queue: 0o755, mail: 0o777 };
    for (const [name, mode] of Object.entries(modes)) {
      mkdirSync(join(folder, name), { recursive: true });
      chmodSync(join(folder, name), mode);
    }
    const port = await freePort();
    const { certificate, privateKey } = selfSigned(30, '127.0.0.1');
    writeFileSync(join(folder, 'certificate.pem'), certificate);
    writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(settingsFolder, 'main.cf'), settings(folder, plain));
    writeFileSync(join(settingsFolder, 'master.cf'), services(port));
    // Makes what is missing of the queue.
    await run(PROGRAM!, ['-c', settingsFolder, 'check']);
    const { stdout } = await run('postconf', ['-c', settingsFolder, '-h', 'daemon_directory']);
    const child = startNative(
      {
        // Not `postfix start-fg`, whose script does not hand on the signal to stop.
        command: join(stdout.trim(), 'master'),
        args: ['-c', settingsFolder, '-s'],
        stopSignal: 'SIGTERM',
        removeAfter: folder,
      },
      { name: 'Postfix', env: systemEnvironment() },
    );
    const log = join(folder, 'log');
    await child.whileRunning(
      eventually(() => existsSync(log) && readFileSync(log, 'utf8').includes('daemon started')),
      30_000,
    );
    return new Mta(port, folder, child);
  }

  /** The authority that vouches for it: its own certificate, as a file. */
  get certificateFile(): string {
    return join(this.folder, 'certificate.pem');
  }

  /** The messages in its Maildir, byte for byte but for the line ends, which are those of the wire again. */
  mails(): string[] {
    const folder = join(this.folder, 'mail', 'all', 'new');
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map((name) =>
      readFileSync(join(folder, name), 'latin1').replace(/\r?\n/g, '\r\n'),
    );
  }

  /** The messages to the address. */
  to(address: string): string[] {
    return this.mails().filter((mail) => mail.includes(`\r\nX-Original-To: ${address}\r\n`));
  }

  async stop(): Promise<void> {
    await this.child.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** All mail of the domain goes to one Maildir. */
function settings(folder: string, plain: boolean): string {
  return `
compatibility_level = 3.6
myhostname = mta.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
queue_directory = ${folder}/queue
data_directory = ${folder}/data
maillog_file = ${folder}/log
maillog_file_prefixes = ${folder}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_tls_security_level = ${plain ? 'may' : 'encrypt'}
smtpd_tls_cert_file = ${folder}/certificate.pem
smtpd_tls_key_file = ${folder}/key.pem
virtual_mailbox_domains = example.com
virtual_mailbox_base = ${folder}/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
`;
}

/** Its parts: type, private, unprivileged, chroot, wakeup, most at once, program. */
function services(port: number): string {
  return `
127.0.0.1:${port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
`;
}
