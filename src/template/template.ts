/** What a message in one locale is made of; the parts are LiquidJS templates. SMS has `text` alone. */
export interface LocaleTemplate {
  readonly subject?: string;
  readonly text: string;
  readonly html?: string;
}

/** The template half of a policy: what is sent. */
export interface Template {
  readonly defaultLocale: string;
  /** EMAIL_LINK only: an absolute URL template, the token in its fragment. */
  readonly link: string | null;
  /** SMS_OTP only: the domain of an origin-bound last line `@domain #code` (WICG origin-bound one-time codes). */
  readonly originDomain: string | null;
  /** By BCP 47 tag. */
  readonly locales: Readonly<Record<string, LocaleTemplate>>;
}

export type ChallengeType = 'EMAIL_OTP' | 'SMS_OTP' | 'EMAIL_LINK' | 'TOKEN';
export type DeliveredType = Exclude<ChallengeType, 'TOKEN'>;
export type Channel = 'EMAIL' | 'SMS';

/** What a template may speak of. */
export interface TemplateVariables {
  /** EMAIL_OTP, SMS_OTP. */
  readonly code?: string;
  /** EMAIL_LINK: the secret of the link. */
  readonly token?: string;
  readonly challengeId: string;
  readonly expiresInMinutes: number;
  readonly action: { readonly name: string; readonly details?: Readonly<Record<string, unknown>> } | null;
  readonly tenant: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** A message ready for a channel. */
export interface RenderedMessage {
  /** The locale that was used, after fall-back. */
  readonly locale: string;
  readonly subject: string | null;
  readonly text: string;
  readonly html: string | null;
}
