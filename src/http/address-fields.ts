import { IsIP, IsString, MaxLength, ValidateBy } from 'class-validator';
import { getCountries } from 'libphonenumber-js/max';
import { field, type FieldOptions, StringField, StringListField } from './fields.js';

/** A language tag (BCP 47). */
export function LocaleField(options: FieldOptions = {}): PropertyDecorator {
  return field(
    options,
    { type: String, minLength: 2, maxLength: 35, pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$' },
    IsString(),
    MaxLength(35),
    ValidateBy({
      name: 'locale',
      validator: {
        validate: isLanguageTag,
        defaultMessage: () => '$property must be a language tag (BCP 47)',
      },
    }),
  );
}

/** An IPv4 or IPv6 address. */
export function IpField(options: FieldOptions = {}): PropertyDecorator {
  return field(options, { type: String, minLength: 2, maxLength: 45, pattern: '^[0-9A-Fa-f:.]+$' }, IsIP());
}

/** An e-mail address of ASCII characters, as a sender has one. */
export function EmailField(options: FieldOptions = {}): PropertyDecorator {
  return StringField({ ...options, minLength: 3, maxLength: 254, pattern: EMAIL_ADDRESS });
}

/** A list of domain names in lower case, internationalised ones in their ASCII form. */
export function DomainListField(options: FieldOptions & { readonly maxItems: number }): PropertyDecorator {
  return StringListField({ ...options, maxLength: 253, pattern: DOMAIN_NAME });
}

/** A list of countries that have phone numbers, ISO 3166-1 alpha-2. */
export function CountryListField(options: FieldOptions): PropertyDecorator {
  return StringListField({
    ...options,
    maxItems: COUNTRIES.size,
    maxLength: 2,
    pattern: /^[A-Z]{2}$/,
    objectionTo: (country) =>
      COUNTRIES.has(country)
        ? undefined
        : { code: 'country', detail: 'it must be a country (ISO 3166-1 alpha-2)' },
  });
}

const COUNTRIES: ReadonlySet<unknown> = new Set(getCountries());
/** WHATWG HTML, section 4.10.5.1.5. */
const EMAIL_ADDRESS =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
/** RFC 1123, section 2.1, with at least two labels. */
const DOMAIN_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

function isLanguageTag(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    return Intl.getCanonicalLocales(value).length === 1;
  } catch {
    return false;
  }
}
