import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readPage, rowsOf } from '../support/docs.js';
import { eventually } from '../support/eventually.js';
import {
  freeQuickstartPorts,
  onPorts,
  type QuickstartPorts,
  QuickstartRun,
} from '../support/quickstart-run.js';
import { Terminal } from '../support/terminal.js';

interface Step {
  readonly commands: string;
  /** What the page says that they print. */
  readonly printed: string;
}

const { text: PAGE } = readPage('docs/integrating.md');

/** The commands of a page in their order, each with the output that follows it. */
function stepsOf(page: string): readonly Step[] {
  return [...readPage(page).text.matchAll(/^```bash\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)].map(
    ([, commands, printed = '']) => ({ commands: commands!, printed: printed.trim() }),
  );
}

type Paths = Readonly<Record<string, Readonly<Record<string, { readonly responses: Responses }>>>>;
type Responses = Readonly<
  Record<string, { readonly content?: Readonly<Record<string, { readonly examples?: object }>> }>
>;

/** `409 a`, `409 b`, `422 c` of "409 `a`, `b`; 422 `c`". */
function refusalsIn(cell: string): string[] {
  return cell
    .split('; ')
    .flatMap((part) => [...part.matchAll(/`([a-z-]+)`/g)].map(([, code]) => `${part.slice(0, 3)} ${code!}`))
    .sort();
}

/** Whether a refusal is among those that the page tells of every call: by its code, or by its status alone. */
function isEverywhere(refusal: string, everywhere: string): boolean {
  const [status, code] = refusal.split(' ');
  return ['401', '403', '503'].includes(status!) && !code!.endsWith('disabled')
    ? everywhere.includes(status!)
    : everywhere.includes(`\`${code!}\``);
}

describe('the pages that are pasted', () => {
  const home = mkdtempSync(join(tmpdir(), 'acs-integrating-'));
  let ports: QuickstartPorts;
  let run: QuickstartRun;

  /** The code in the mailbox for the first recipient that the page names. */
  const codeInMailbox = async (): Promise<string> => {
    const [recipient] = /[\w.]+@example\.com/.exec(PAGE)!;
    let code: string | undefined;
    await eventually(async () => {
      const mailbox = `http://localhost:${ports.MAIL_WEB_PORT}/api/email`;
      const answer = await fetch(`${mailbox}?to.address=${recipient}`);
      const [mail] = (await answer.json()) as readonly { readonly text: string }[];
      code = /\b\d{6}\b/.exec(mail?.text ?? '')?.[0];
      return code !== undefined;
    });
    return code!;
  };

  beforeAll(async () => {
    // Whoever PostgreSQL runs as must get in.
    execFileSync('chmod', ['755', home]);
    ports = await freeQuickstartPorts();
    run = new QuickstartRun({ ...ports, DATA_DIR: join(home, 'data') });
    await run.ready();
  }, 90_000);

  afterAll(async () => {
    await run.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it.each([
    ['docs/integrating.md', 6],
    ['docs/policies.md', 3],
  ])(
    '%s prints what it says when its commands are pasted',
    async (page, least) => {
      const steps = stepsOf(page);
      expect(steps.length).toBeGreaterThanOrEqual(least);
      const terminal = new Terminal();
      const printed: string[] = [];
      try {
        for (const { commands } of steps) {
          const code = commands.includes('# the code in the mailbox') ? await codeInMailbox() : '';
          const filledIn = commands.replace(/^CODE=.*$/m, () => `CODE=${code}`);
          printed.push(await terminal.paste(onPorts(filledIn, ports)));
        }
      } finally {
        terminal.close();
      }
      expect(printed).toEqual(steps.map((step) => step.printed));
    },
    90_000,
  );

  it('docs/integrating.md says of each call what the OpenAPI document says that it can answer', async () => {
    const answer = await fetch(`http://localhost:${ports.PORT}/openapi.json`);
    const { paths } = (await answer.json()) as { readonly paths: Paths };
    const told = rowsOf(PAGE)
      .filter(([call]) => /^`(?:GET|POST|DELETE) /.test(call!))
      .map(([call, done, refused]) => ({
        call: call!.replaceAll('`', '').replace('…', '/v1/challenges/{id}'),
        done: done!.slice(0, 3),
        refused: refusalsIn(refused!),
      }));
    const everywhere = /^Every call can also answer.*$/m.exec(PAGE)![0];
    const documented = told.map(({ call }) => {
      const [method, path] = call.split(' ');
      const { responses } = paths[path!]![method!.toLowerCase()]!;
      const [done] = Object.keys(responses).filter((status) => status.startsWith('2'));
      const refused = Object.entries(responses).flatMap(([status, { content = {} }]) =>
        Object.keys(content['application/problem+json']?.examples ?? {}).map((code) => `${status} ${code}`),
      );
      return { call, done, refused: refused.filter((one) => !isEverywhere(one, everywhere)).sort() };
    });
    expect(told).toHaveLength(6);
    expect(told).toEqual(documented);
  });
});
