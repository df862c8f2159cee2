import { readFileSync } from 'node:fs';
import { pathOfFileReference } from '../../environment/file-reference.js';
import { StartRefused } from '../../shared/start-refused.js';

/** What a gateway is told of a message; the names are those of the default body and of a template's placeholders. */
export type GatewayFields = Readonly<Record<string, string | null>>;

export type GatewayBody = (fields: GatewayFields) => string;

/** The body of a gateway's requests: the fields as they are, or a JSON document whose strings hold `{{ field }}`. */
export function gatewayBody(template: string | null): GatewayBody {
  if (template === null) return (fields) => JSON.stringify(fields);
  const document = readTemplate(template);
  return (fields) => JSON.stringify(filled(document, fields));
}

function readTemplate(reference: string): unknown {
  try {
    return JSON.parse(readFileSync(pathOfFileReference(reference) ?? '', 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not JSON' : 'could not be read';
    throw new StartRefused(
      `The template of a gateway ${reason}. It is a JSON document with {{ to }} and {{ text }} in its strings.`,
    );
  }
}

/** Values are put into strings of the parsed document, so that none can break out of its own. */
function filled(part: unknown, fields: GatewayFields): unknown {
  if (typeof part === 'string')
    return part.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) =>
      Object.hasOwn(fields, name) ? (fields[name] ?? '') : whole,
    );
  if (Array.isArray(part)) return part.map((item) => filled(item, fields));
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, filled(value, fields)]));
}
