import { ProviderError } from '../application/provider.js';

/** What is looked at of a message in Twilio's list. */
export interface ListedMessage {
  readonly sid?: string;
  readonly body?: string;
  readonly direction?: string;
  /** RFC 2822. */
  readonly date_created?: string;
}

/** The messages of an answer of Twilio's Messages resource, newest first; throws when it is not such a list. */
export function listedMessages(json: string): readonly ListedMessage[] {
  const messages = member(parsed(json), 'messages');
  if (!Array.isArray(messages)) throw new ProviderError('TRANSIENT', 'twilio-no-list');
  return messages.map((message: unknown) => ({
    ...textOf(message, 'sid'),
    ...textOf(message, 'body'),
    ...textOf(message, 'direction'),
    ...textOf(message, 'date_created'),
  }));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // cut off, or no JSON: no list, which the caller says
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function textOf(message: unknown, name: keyof ListedMessage): ListedMessage {
  const value = member(message, name);
  return typeof value === 'string' ? { [name]: value } : {};
}
