import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';

interface Shown {
  readonly description?: string;
  readonly example?: unknown;
  readonly nullable?: boolean;
  readonly optional?: boolean;
}

/** Properties of a response, as the OpenAPI document states them. */
export function ShownId(shown: Shown = {}): PropertyDecorator {
  return show(
    { type: String, format: 'uuid', maxLength: 36, example: '01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f' },
    shown,
  );
}

/** RFC 3339 in UTC with milliseconds. */
export function ShownTime(shown: Shown = {}): PropertyDecorator {
  return show(
    { type: String, format: 'date-time', maxLength: 24, example: '2026-01-31T12:00:00.000Z' },
    shown,
  );
}

export function ShownText(maxLength: number, shown: Shown = {}): PropertyDecorator {
  return show({ type: String, maxLength }, shown);
}

export function ShownEnum(values: readonly string[], shown: Shown = {}): PropertyDecorator {
  return show({ type: String, enum: [...values] }, shown);
}

export function ShownInteger(minimum: number, maximum: number, shown: Shown = {}): PropertyDecorator {
  return show({ type: 'integer', format: 'int32', minimum, maximum }, shown);
}

export function ShownObject(type: () => new () => object, shown: Shown = {}): PropertyDecorator {
  // Swagger knows a function that returns a class from the class itself by its name, which must be `type`.
  return show({ type: () => type() }, shown);
}

export function ShownStringMap(maxEntries: number, maxLength: number, shown: Shown = {}): PropertyDecorator {
  return show(
    { type: 'object', maxProperties: maxEntries, additionalProperties: { type: 'string', maxLength } },
    shown,
  );
}

/** A JSON object that is returned as it was given. */
export function ShownJson(shown: Shown = {}): PropertyDecorator {
  return show({ type: 'object', additionalProperties: true }, shown);
}

function show(
  schema: ApiPropertyOptions,
  { optional = false, nullable = false, ...documented }: Shown,
): PropertyDecorator {
  return ApiProperty({
    ...schema,
    ...documented,
    required: !optional,
    ...(nullable ? { nullable } : {}),
  } as ApiPropertyOptions);
}
