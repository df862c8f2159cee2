import { Transform } from 'class-transformer';
import { IntegerField, StringField } from '../../http/fields.js';

export class ListQuery {
  @Transform(({ value }: { value: unknown }) => wholeNumber(value))
  @IntegerField({ min: 1, max: 200, optional: true, default: 50, description: 'Items on a page.' })
  limit = 50;

  @StringField({
    minLength: 1,
    maxLength: 1_024,
    optional: true,
    description: '`nextCursor` of the page before; good for a day.',
  })
  cursor?: string;
}

/** A query carries text; what is no whole number stays text and is refused as such. */
function wholeNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
}
