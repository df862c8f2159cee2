import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenApiContract } from './openapi-contract.js';
import type { Operation, Schema } from './openapi-document.js';
import type { GeneratedRequest } from './openapi-requests.js';

/** Tells which requests break the document, and must therefore be refused. */
export class RequestOracle {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: false });
  private readonly validators = new Map<string, ValidateFunction>();

  constructor({ document }: OpenApiContract) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(withoutReadOnly(document) as object, 'requests');
  }

  /** What a request breaks; undefined when nothing, or nothing that is certain. */
  findingsOf(operation: Operation, { body, headers }: GeneratedRequest): string | undefined {
    const media = operation.requestBody?.content['application/json'];
    if (!media || headers['content-type'] !== 'application/json') return undefined;
    const sent = body === undefined || body.length === 0 ? {} : parsed(body);
    if (sent === undefined) return 'the body is not JSON';
    const validate = this.validator(operation);
    return validate(sent) ? undefined : this.ajv.errorsText(validate.errors);
  }

  private validator({ operationId, path, method }: Operation): ValidateFunction {
    const known = this.validators.get(operationId);
    if (known) return known;
    const at = path.replaceAll('/', '~1');
    const pointer = [
      'paths',
      at,
      method.toLowerCase(),
      'requestBody',
      'content',
      'application~1json',
      'schema',
    ];
    const compiled = this.ajv.compile({ $ref: `requests#/${pointer.map(encodeURIComponent).join('/')}` });
    this.validators.set(operationId, compiled);
    return compiled;
  }
}

/** What is read only is ignored when it is sent, whatever it is. */
function withoutReadOnly(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutReadOnly);
  if (typeof value !== 'object' || value === null) return value;
  if ((value as Schema).readOnly === true) return {};
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutReadOnly(member)]));
}

function parsed(body: string | Buffer): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(body));
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
