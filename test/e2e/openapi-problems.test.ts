import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STATUS_OF } from '../../src/http/problem-document.js';
import { PROBLEMS, type ProblemCode, type ProblemDescription } from '../../src/shared/problem-catalogue.js';
import { type Acs, startAcs } from '../support/acs.js';
import { fetchDocument, type OpenApiDocument, operationsOf } from '../support/openapi-document.js';

const CODES = Object.keys(PROBLEMS) as ProblemCode[];
/** What is answered where there is no operation. */
const OUTSIDE: readonly ProblemCode[] = ['route-not-found', 'method-not-allowed'];

describe('problems', () => {
  let acs: Acs;
  let document: OpenApiDocument;

  beforeAll(async () => {
    acs = await startAcs({ workers: 0, policies: [] });
    document = await fetchDocument(acs.apis[0]!.url);
  });

  afterAll(async () => {
    await acs.stop();
  });

  /** Every status and code that some operation states. */
  function stated(): { readonly status: number; readonly code: string; readonly title: string }[] {
    return operationsOf(document).flatMap(({ responses }) =>
      Object.values(responses).flatMap(({ content }) =>
        Object.values(content?.['application/problem+json']?.examples ?? {}).map(
          ({ value }) => value as { status: number; code: string; title: string },
        ),
      ),
    );
  }

  it('are one closed list in the catalogue and in the document', () => {
    expect(document.components.schemas['Problem']?.properties?.['code']?.enum).toEqual(CODES);
    const given = new Set([...OUTSIDE, ...stated().map(({ code }) => code)]);
    expect([...given].sort()).toEqual([...CODES].sort());
  });

  it('have in the document the statuses and titles of the catalogue, all of them and no other', () => {
    for (const code of CODES.filter((one) => !OUTSIDE.includes(one))) {
      const of = stated().filter((problem) => problem.code === code);
      expect({ code, statuses: [...new Set(of.map(({ status }) => status))].sort() }).toEqual({
        code,
        statuses: statusesOf(code),
      });
      expect(new Set(of.map(({ title }) => title))).toEqual(new Set([PROBLEMS[code].title]));
    }
  });

  it.each(CODES)('have a page for people and one for programs: %s', async (code) => {
    const url = `${acs.apis[0]!.url}/problems/${code}`;
    const html = await fetch(url, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
    expect(html.status).toBe(200);
    expect(html.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(html.headers.get('content-security-policy')).toContain("default-src 'none'");
    const text = await html.text();
    expect(text).toContain(`<h1>${PROBLEMS[code].title}</h1>`);
    for (const status of statusesOf(code)) expect(text).toContain(`<code>${status}</code>`);
    expect(text.replace(/<\/?(?:!doctype|html|meta|title|style|p|code|h1|a)\b[^>]*>/g, '')).not.toMatch(
      /[<`]/,
    );

    const json = await fetch(url, { headers: { accept: 'application/json' } });
    expect(json.headers.get('content-type')).toContain('application/json');
    const { title, explanation } = PROBLEMS[code];
    const statuses = (await json.json()) as { statuses: number[] };
    expect({ ...statuses, statuses: statuses.statuses.sort() }).toEqual({
      code,
      status: STATUS_OF[PROBLEMS[code].kind],
      statuses: statusesOf(code),
      title,
      explanation,
    });
  });

  it('have no page for what is no code', async () => {
    for (const path of ['', 'toString', '__proto__', 'nothing', 'token-missing/x', '%00']) {
      const answer = await fetch(`${acs.apis[0]!.url}/problems/${path}`);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ code: 'route-not-found' });
    }
  });
});

function statusesOf(code: ProblemCode): number[] {
  const { kind, otherKinds = [] }: ProblemDescription = PROBLEMS[code];
  return [kind, ...otherKinds].map((one) => STATUS_OF[one]).sort();
}
