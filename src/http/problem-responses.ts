import { ApiExtension, type OpenAPIObject } from '@nestjs/swagger';
import { PROBLEMS, type ProblemCode, type ProblemKind } from '../shared/problem-catalogue.js';
import { PROBLEM_JSON, STATUS_OF } from './problem-document.js';
import { exampleOf } from './problem-example.js';
import { PROBLEM_HEADERS } from './response-header-schemas.js';

/** A problem; a pair names another kind than the catalogue's. */
export type DocumentedProblem = ProblemCode | readonly [ProblemCode, ProblemKind];

export type DocumentedOperation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** What any operation can answer, besides its own refusals. */
const EVERYWHERE: readonly DocumentedProblem[] = [
  'request-malformed',
  'token-missing',
  'token-invalid',
  'scope-insufficient',
  'tenant-missing',
  'not-acceptable',
  ['request-malformed', 'timed-out'],
  'rate-limited',
  ['request-malformed', 'headers-too-large'],
  'overloaded',
  'unavailable',
];
const WITH_QUERY: readonly DocumentedProblem[] = ['request-invalid'];
const WITH_BODY: readonly DocumentedProblem[] = [
  'request-invalid',
  'body-too-large',
  'media-type-unsupported',
];

const EXTENSION = 'x-problems';

/** Lists the problems of an operation's own; `describeProblems` adds those of every operation and writes them out. */
export function Problems(...problems: readonly DocumentedProblem[]): MethodDecorator {
  return ApiExtension(EXTENSION, [...problems]);
}

/** Replaces the list of an operation's problems by a response for each status. */
export function describeProblems(
  operation: DocumentedOperation,
  context: { readonly path: string; readonly publicUrl: string },
): void {
  const { [EXTENSION]: own = [] } = operation as { [EXTENSION]?: readonly DocumentedProblem[] };
  const hasQuery = operation.parameters?.some((parameter) => 'in' in parameter && parameter.in === 'query');
  const all = [
    ...EVERYWHERE,
    ...own,
    ...(hasQuery === true ? WITH_QUERY : []),
    ...(operation.requestBody ? WITH_BODY : []),
  ];
  for (const [status, codes] of byStatus(all)) {
    operation.responses[status] = {
      description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
      headers: PROBLEM_HEADERS[status] ?? {},
      content: {
        [PROBLEM_JSON]: {
          schema: problemSchema(status, codes) as object,
          examples: Object.fromEntries(
            codes.map((code) => [
              code,
              { summary: PROBLEMS[code].title, value: exampleOf(code, status, context, hasQuery === true) },
            ]),
          ),
        },
      },
    };
  }
  Reflect.deleteProperty(operation, EXTENSION);
}

function byStatus(problems: readonly DocumentedProblem[]): [string, ProblemCode[]][] {
  const codes = new Map<number, Set<ProblemCode>>();
  for (const problem of problems) {
    const [code, kind] = typeof problem === 'string' ? [problem, PROBLEMS[problem].kind] : problem;
    const status = STATUS_OF[kind];
    codes.set(status, (codes.get(status) ?? new Set()).add(code));
  }
  return [...codes]
    .sort(([one], [other]) => one - other)
    .map(([status, ofStatus]) => [String(status), [...ofStatus]]);
}

/** The problem document, narrowed to what this response can hold. */
function problemSchema(status: string, codes: readonly ProblemCode[]): unknown {
  return {
    $ref: '#/components/schemas/Problem',
    properties: { status: { const: Number(status) }, code: { enum: codes } },
  };
}
