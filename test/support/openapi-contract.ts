import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import {
  fetchDocument,
  type OpenApiDocument,
  type Operation,
  operationsOf,
  type ResponseObject,
} from './openapi-document.js';

/** A request and what came back, as far as the contract speaks of them. */
export interface Exchange {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const PROBLEM_JSON = 'application/problem+json';

/** The OpenAPI document as a judge of responses; each schema is compiled once, when first needed. */
export class OpenApiContract {
  private readonly ajv: Ajv2020;
  private readonly operations: readonly (Operation & { readonly pattern: RegExp })[];
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(readonly document: OpenApiDocument) {
    this.ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
    addFormats.default(this.ajv);
    this.ajv.addSchema(document, 'openapi');
    this.operations = operationsOf(document).map((operation) => ({
      ...operation,
      pattern: new RegExp(`^${operation.path.replace(/\{[^}]+\}/g, '[^/]+')}$`),
    }));
  }

  /** The schema at a place of the document, given as the steps to it. */
  validator(...steps: readonly string[]): ValidateFunction {
    const pointer = steps.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
    const known = this.validators.get(pointer);
    if (known) return known;
    const $ref = `openapi#/${pointer.split('/').map(encodeURIComponent).join('/')}`;
    const validator = this.ajv.compile({ $ref });
    this.validators.set(pointer, validator);
    return validator;
  }

  /** Throws unless the document states exactly such a response. */
  check(exchange: Exchange): void {
    const findings = this.findingsOf(exchange);
    if (findings.length === 0) return;
    const { method, path, status, text } = exchange;
    throw new Error(
      `The OpenAPI document does not state this answer to ${method} ${path}:\n${findings.map((finding) => `  ${finding}`).join('\n')}\n${status} ${text.slice(0, 2_000)}`,
    );
  }

  private findingsOf(exchange: Exchange): string[] {
    const { method, path, status } = exchange;
    const bare = path.split('?', 1)[0]!;
    const there = this.operations.filter(({ pattern }) => pattern.test(bare));
    const operation = there.find((one) => one.method === (method === 'HEAD' ? 'GET' : method));
    if (!operation) {
      const code = there.length > 0 ? 'method-not-allowed' : 'route-not-found';
      return this.findingsOfUnrouted(exchange, code);
    }
    const response = operation.responses[String(status)];
    if (!response) return [`the status ${status} is not stated`];
    const steps = ['paths', operation.path, operation.method.toLowerCase(), 'responses', String(status)];
    return [
      ...this.headerFindings(exchange, response, steps),
      ...this.bodyFindings(exchange, response, steps),
    ];
  }

  private headerFindings(
    { headers }: Exchange,
    { headers: stated = {} }: ResponseObject,
    steps: readonly string[],
  ): string[] {
    return Object.entries(stated).flatMap(([name, { required, schema }]) => {
      const text = headers.get(name);
      if (text === null) return required === true ? [`the header ${name} is missing`] : [];
      const validate = this.validator(...steps, 'headers', name, 'schema');
      const value = schema.type === 'integer' ? Number(text) : text;
      return validate(value) ? [] : [`the header ${name}: ${this.ajv.errorsText(validate.errors)}`];
    });
  }

  private bodyFindings(
    { method, headers, text }: Exchange,
    { content }: ResponseObject,
    steps: readonly string[],
  ): string[] {
    if (!content || method === 'HEAD') return text === '' ? [] : ['there is a body'];
    const mediaType = mediaTypeOf(headers);
    if (!content[mediaType]) return [`the media type ${mediaType} is not stated`];
    const validate = this.validator(...steps, 'content', mediaType, 'schema');
    return validate(JSON.parse(text)) ? [] : [this.ajv.errorsText(validate.errors, { separator: '\n  ' })];
  }

  private findingsOfUnrouted({ method, headers, status, text }: Exchange, code: string): string[] {
    const expected = code === 'method-not-allowed' ? 405 : 404;
    // A token is asked for first, and HTTP itself can fail on any path.
    if (status !== expected && ![400, 406, 408, 431, 503].includes(status))
      return [`the status is not ${expected}`];
    if (mediaTypeOf(headers) !== PROBLEM_JSON) return [`the media type is ${mediaTypeOf(headers)}`];
    if (method === 'HEAD') return [];
    const validate = this.validator('components', 'schemas', 'Problem');
    const problem = JSON.parse(text) as { readonly code?: unknown };
    if (!validate(problem)) return [this.ajv.errorsText(validate.errors)];
    return status === expected && problem.code !== code ? [`the code is not ${code}`] : [];
  }
}

function mediaTypeOf(headers: Headers): string {
  return (headers.get('content-type') ?? '').split(';', 1)[0]!.trim();
}

let contract: Promise<OpenApiContract> | undefined;

/** The contract of the service under test: that of the first base URL, for every process publishes the same. */
export async function contractOf(baseUrl: string): Promise<OpenApiContract> {
  contract ??= fetchDocument(baseUrl).then((document) => new OpenApiContract(document));
  try {
    return await contract;
  } catch (error) {
    contract = undefined;
    throw error;
  }
}
