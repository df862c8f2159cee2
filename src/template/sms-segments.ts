/** How a text travels as SMS: its alphabet, its length in that alphabet's units, and the segments it takes. */
export interface SmsSegments {
  readonly encoding: 'GSM-7' | 'UCS-2';
  readonly units: number;
  readonly segments: number;
}

/** The default alphabet and its extension table (3GPP TS 23.038, section 6.2.1); those of the latter take two units. */
const GSM_BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const GSM_EXTENSION = new Set('\f^{}\\[~]|€');

/** Units of one message alone, and of each segment of several, whose header takes the rest (TS 23.040, section 9.2.3.24.1). */
export const CAPACITY = { 'GSM-7': { single: 160, each: 153 }, 'UCS-2': { single: 70, each: 67 } } as const;

/** The units that a character takes in GSM-7; undefined where it has no place. */
export function gsmUnits(character: string): 1 | 2 | undefined {
  if (GSM_BASIC.has(character)) return 1;
  return GSM_EXTENSION.has(character) ? 2 : undefined;
}

/** Counts as a phone network does: no character is split over two segments. */
export function smsSegments(text: string): SmsSegments {
  const characters = Array.from(text);
  const gsm = characters.map(gsmUnits);
  const encoding = gsm.includes(undefined) ? 'UCS-2' : 'GSM-7';
  const widths = characters.map((character, index) =>
    encoding === 'GSM-7' ? (gsm[index] ?? 1) : character.length,
  );
  const units = widths.reduce((sum, width) => sum + width, 0);
  const { single, each } = CAPACITY[encoding];
  return { encoding, units, segments: units <= single ? 1 : packed(widths, each) };
}

function packed(widths: readonly number[], capacity: number): number {
  let segments = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > capacity) {
      segments += 1;
      used = 0;
    }
    used += width;
  }
  return segments;
}
