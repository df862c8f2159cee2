import { ApiHeader } from '@nestjs/swagger';

/** The strong entity tag of a version (RFC 9110, section 8.8.3). */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * What an `If-Match` header (RFC 9110, section 13.1.1) admits: `*` every version, else those it lists, compared
 * strongly, so that a weak tag admits nothing. Undefined without the header.
 */
export function admittedBy(ifMatch: string | undefined): ((version: number) => boolean) | undefined {
  if (ifMatch === undefined) return undefined;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  return (version) => tags.includes('*') || tags.includes(entityTag(version));
}

/** States, for the OpenAPI document, that the operation honours `If-Match`. */
export function HonoursIfMatch(): MethodDecorator {
  return ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'The ETag that was read, such as `"3"`: the change is made to that version alone.',
    schema: { type: 'string', maxLength: 255 },
  });
}
