import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
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
    Entries('objectList', (value) => (Array.isArray(value) ? value.flatMap(objectFaults) : [])),
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
          validate: (value) => value instanceof Map,
          defaultMessage: () => '$property must be an object',
        },
      }),
      Entries('objectMap', (value) =>
        value instanceof Map
          ? [...(value as Map<string, unknown>)].flatMap(([key, item]) => objectFaults(item, key))
          : [],
      ),
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

/** A list of distinct strings; `objectionTo` says what else is wrong with one. */
export function StringListField({
  maxItems,
  maxLength,
  pattern,
  objectionTo,
  ...options
}: FieldOptions &
  StringBounds & {
    readonly maxItems: number;
    readonly objectionTo?: (text: string) => Objection | undefined;
  }): PropertyDecorator {
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
    Entries('stringList', (value) => {
      if (!Array.isArray(value) || value.length > maxItems) return [];
      const seen = new Set<unknown>();
      return value.flatMap((text: unknown, entry) => {
        const isRepeated = seen.size === seen.add(text).size;
        return [
          ...textObjections(text, maxLength, pattern),
          ...(typeof text === 'string' ? [objectionTo?.(text)] : []),
          isRepeated ? { code: 'duplicate', detail: 'an earlier entry is the same' } : undefined,
        ].flatMap((objection) => (objection ? [{ entry, ...objection }] : []));
      });
    }),
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
    ValidateBy({
      name: 'isObject',
      validator: { validate: isPlainObject, defaultMessage: () => '$property must be an object' },
    }),
    ValidateBy({
      name: 'arrayMaxSize',
      validator: {
        validate: (value) => !isPlainObject(value) || Object.keys(value).length <= maxEntries,
        defaultMessage: () => `$property must have at most ${maxEntries} members`,
      },
    }),
    Entries('stringMap', (value) => {
      const entries = isPlainObject(value) ? Object.entries(value) : [];
      if (entries.length > maxEntries) return [];
      return entries.flatMap(([entry, text]) =>
        [
          ...(entry.length > MAX_KEY_LENGTH
            ? [{ code: 'too-long', detail: `a name may have ${MAX_KEY_LENGTH} characters at most` }]
            : []),
          ...textObjections(text, maxLength),
        ].map((objection) => ({ entry, ...objection })),
      );
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

/** What is wrong with one entry of a list or map. */
export interface Objection {
  readonly code: string;
  readonly detail: string;
}

/** The same, and which entry. */
export interface EntryFault extends Objection {
  readonly entry: number | string;
}

/** What a check of entries carries, for whoever makes findings of it. */
export interface EntryCheck {
  readonly faultsOf: (value: unknown) => readonly EntryFault[];
}

const MAX_KEY_LENGTH = 64;

/** A check of the entries of a list or map; each fault is told at its own entry. */
function Entries(name: string, faultsOf: EntryCheck['faultsOf']): PropertyDecorator {
  const context: EntryCheck = { faultsOf };
  return ValidateBy(
    {
      name,
      validator: {
        validate: (value) => faultsOf(value).length === 0,
        // Not told; without one class-validator keeps no context.
        defaultMessage: () => '$property has entries that are not allowed',
      },
    },
    { context },
  );
}

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

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectFaults(item: unknown, entry: number | string): EntryFault[] {
  return isPlainObject(item) ? [] : [{ entry, code: 'type', detail: 'it must be an object' }];
}

function textObjections(text: unknown, maxLength: number, pattern?: RegExp): Objection[] {
  if (typeof text !== 'string') return [{ code: 'type', detail: 'it must be a string' }];
  return [
    ...(text.length > maxLength
      ? [{ code: 'too-long', detail: `it may have ${maxLength} characters at most` }]
      : []),
    ...(pattern === undefined || pattern.test(text)
      ? []
      : [{ code: 'format', detail: `it must match ${pattern.source}` }]),
  ];
}

function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
