import type { Message } from './wire';

/** The body of a refusal, as it comes over the wire. */
export interface ErrorBody {
  code: string;
  message: string;
  retry_ms?: number;
  current?: Message;
}

/** Codes of our own: there was no connection, or it went before the answer came. */
export const OFFLINE = 'offline';
export const TIMEOUT = 'timeout';

/** A command that was refused, or whose answer never came. */
export class ApiError extends Error {
  readonly code: string;
  readonly retryMs: number | undefined;
  readonly current: Message | undefined;

  constructor(body: ErrorBody) {
    super(body.message);
    this.name = 'ApiError';
    this.code = body.code;
    this.retryMs = body.retry_ms;
    this.current = body.current;
  }
}

const WORTH_ANOTHER_TRY = new Set([OFFLINE, TIMEOUT, 'not_stored', 'outcome_unknown', 'unavailable', 'rate_limited']);

/** Whether the same command with the same nonce may succeed a little later. */
export function retryable(error: unknown): boolean {
  return error instanceof ApiError && WORTH_ANOTHER_TRY.has(error.code);
}

/** How long to wait before try number `attempt` (from 1): what the server said, else doubling, spread out. */
export function backoff(attempt: number, error?: unknown, random: () => number = Math.random): number {
  if (error instanceof ApiError && error.retryMs !== undefined) return error.retryMs + random() * 250;
  const ceiling = Math.min(15_000, 500 * 2 ** Math.min(attempt - 1, 10));
  return ceiling / 2 + (random() * ceiling) / 2;
}

/** A sentence for a person, whatever was thrown. */
export function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return 'Something went wrong in this page. Reload it and try again.';
}
