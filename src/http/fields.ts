import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsDefined,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { UNSAFE_KEYS } from './json-body.js';

/**
 * One decorator a property states both what is accepted and what the OpenAPI document says, so that the two
 * cannot part. A property is required unless `optional`, and null is refused unless `nullable`.
 */
export interface FieldOptions {
  readonly description?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly optional?: boolean;
  readonly nullable?: boolean;
}

type Class = abstract new (...args: never[]) => object;

interface StringBounds {
  readonly minLength?: number;
  readonly maxLength: number;
  readonly pattern?: RegExp;
  /** Shown in the document only; state what is checked with `pattern`. */
  readonly format?: string;
}

export function StringField({
  minLength,
  maxLength,
  pattern,
  format,
  ...options
}: FieldOptions & StringBounds): PropertyDecorator {
  return field(
    options,
    { type: String, maxLength, ...defined({ minLength, format, pattern: pattern?.source }) },
    IsString(),
    MaxLength(maxLength),
    ...(minLength === undefined ? [] : [MinLength(minLength)]),
    ...(pattern === undefined ? [] : [Matches(pattern)]),
  );
}

export function IntegerField({
  min,
  max,
  ...options
}: FieldOptions & { readonly min: number; readonly max: number }): PropertyDecorator {
  return field(
    options,
    { type: 'integer', format: 'int32', minimum: min, maximum: max },
    IsInt(),
    Min(min),
    Max(max),
  );
}

export function BooleanField(options: FieldOptions = {}): PropertyDecorator {
  return field(options, { type: Boolean }, IsBoolean());
}

export function EnumField({
  values,
  ...options
}: FieldOptions & { readonly values: readonly string[] }): PropertyDecorator {
  return field(options, { type: String, enum: [...values] }, IsString(), IsIn(values));
}

/** A nested object of the given class. */
export function ObjectField(type: () => Class, options: FieldOptions = {}): PropertyDecorator {
  return field(options, lazily(type), Type(type), IsObject(), ValidateNested());
}

/** A list of nested objects of the given class. */
export function ObjectListField(
  type: () => Class,
  { maxItems, ...options }: FieldOptions & { readonly maxItems: number },
): PropertyDecorator {
  return field(
    options,
    { ...lazily(type), isArray: true, maxItems },
    Type(type),
    IsArray(),
    ArrayMaxSize(maxItems),
    ValidateNested({ each: true }),
    eachIsObject(),
  );
}

/** A map of nested objects of the given class; the property is a `Map`. Keys are checked by whoever knows their form. */
export function ObjectMapField(
  type: () => Class,
  { maxEntries, ...options }: FieldOptions & { readonly maxEntries: number },
): PropertyDecorator {
  return (target, property) => {
    const schema = {
      type: 'object',
      maxProperties: maxEntries,
      additionalProperties: { $ref: `#/components/schemas/${type().name}` },
    } as ApiPropertyOptions;
    ApiExtraModels(type())(target.constructor);
    field(
      options,
      schema,
      Type(type),
      ValidateBy({
        name: 'isObject',
        validator: {
          validate: (value) => value instanceof Map && ![...value.values()].some(Array.isArray),
          defaultMessage: () => '$property must be an object of objects',
        },
      }),
      ValidateBy({
        name: 'arrayMaxSize',
        validator: {
          validate: (value) => !(value instanceof Map) || value.size <= maxEntries,
          defaultMessage: () => `$property must have at most ${maxEntries} members`,
        },
      }),
      ValidateNested(),
    )(target, property);
  };
}

/** A list of distinct strings. */
export function StringListField({
  maxItems,
  maxLength,
  pattern,
  ...options
}: FieldOptions & StringBounds & { readonly maxItems: number }): PropertyDecorator {
  return field(
    options,
    {
      type: 'array',
      maxItems,
      uniqueItems: true,
      items: { type: 'string', maxLength, ...defined({ pattern: pattern?.source }) },
    },
    IsArray(),
    ArrayMaxSize(maxItems),
    ArrayUnique(),
    IsString({ each: true }),
    MaxLength(maxLength, { each: true }),
    ...(pattern === undefined ? [] : [Matches(pattern, { each: true })]),
  );
}

/** A flat map of strings: `maxEntries` keys of at most 64 characters, values of at most `maxLength`. */
export function StringMapField({
  maxEntries,
  maxLength,
  ...options
}: FieldOptions & { readonly maxEntries: number; readonly maxLength: number }): PropertyDecorator {
  return field(
    options,
    {
      type: 'object',
      maxProperties: maxEntries,
      propertyNames: { type: 'string', maxLength: MAX_KEY_LENGTH, not: { enum: [...UNSAFE_KEYS] } },
      additionalProperties: { type: 'string', maxLength },
    } as ApiPropertyOptions,
    IsObject(),
    ValidateBy({
      name: 'stringMap',
      validator: {
        validate: (value) => isStringMap(value, maxEntries, maxLength),
        defaultMessage: () =>
          `$property must be a flat map of at most ${maxEntries} strings of at most ${maxLength} characters, with keys of at most ${MAX_KEY_LENGTH}`,
      },
    }),
  );
}

/** A JSON object of any shape, at most so many bytes as JSON. */
export function JsonObjectField({
  maxBytes,
  ...options
}: FieldOptions & { readonly maxBytes: number }): PropertyDecorator {
  return field(
    options,
    { type: 'object', additionalProperties: true },
    IsObject(),
    ValidateBy({
      name: 'jsonSize',
      validator: {
        validate: (value) => value === undefined || Buffer.byteLength(JSON.stringify(value)) <= maxBytes,
        defaultMessage: () => `$property may have ${maxBytes} bytes as JSON at most`,
      },
    }),
  );
}

/** A property that is part of what GET returns and is ignored when sent back. */
export function ReadOnlyField(options: ApiPropertyOptions): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ ...options, required: false, readOnly: true } as ApiPropertyOptions),
    ValidateIf(() => false),
    ValidateBy({ name: 'readOnly', validator: { validate: () => true } }),
  );
}

const MAX_KEY_LENGTH = 64;

/** A property with its checks: required and not null unless the options say otherwise. */
export function field(
  { optional = false, nullable = false, ...documented }: FieldOptions,
  schema: ApiPropertyOptions,
  ...checks: PropertyDecorator[]
): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      ...schema,
      ...documented,
      required: !optional,
      ...(nullable ? { nullable: true } : {}),
    } as ApiPropertyOptions),
    ValidateIf(
      (_object, value: unknown) => !(optional && value === undefined) && !(nullable && value === null),
    ),
    ...(optional ? [] : [IsDefined()]),
    ...checks,
  );
}

/** Swagger knows a function that returns a class from the class itself by its name, which must be `type`. */
function lazily(classOf: () => Class): { readonly type: () => new () => object } {
  return { type: () => classOf() as new () => object };
}

function isStringMap(value: unknown, maxEntries: number, maxLength: number): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= maxEntries &&
    entries.every(
      ([key, text]) => key.length <= MAX_KEY_LENGTH && typeof text === 'string' && text.length <= maxLength,
    )
  );
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function eachIsObject(): PropertyDecorator {
  return ValidateBy({
    name: 'eachIsObject',
    validator: {
      validate: (value) => Array.isArray(value) && value.every(isPlainObject),
      defaultMessage: () => 'each item of $property must be an object',
    },
  });
}

function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
