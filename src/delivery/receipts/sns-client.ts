import { Agent, request } from 'undici';
import { AppError } from '../../shared/app-error.js';

const TOTAL_MS = 3_000;
const MAX_ANSWER_BYTES = 64 * 1_024;

/** Asks Amazon SNS, at hosts that the environment names, within 3 s and 64 KiB; redirects are not followed. */
export class SnsClient {
  private readonly agent = new Agent({
    connect: { timeout: TOTAL_MS },
    headersTimeout: TOTAL_MS,
    bodyTimeout: TOTAL_MS,
    maxResponseSize: MAX_ANSWER_BYTES,
  });

  /** The body; undefined when what was asked for is refused. Throws `unavailable` when there is no answer for now. */
  async get(url: string): Promise<string | undefined> {
    try {
      const { statusCode, body } = await request(url, {
        dispatcher: this.agent,
        signal: AbortSignal.timeout(TOTAL_MS),
      });
      const text = await body.text();
      if (statusCode === 200) return text;
      if (statusCode < 500 && statusCode !== 429) return undefined;
    } catch (cause) {
      throw unavailable(cause);
    }
    throw unavailable();
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

function unavailable(cause?: unknown): AppError {
  const detail = 'The provider of this receipt could not be asked about it.';
  return new AppError('unavailable', { detail, retryAfterSeconds: 5, cause });
}
