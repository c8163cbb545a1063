/** What was written and not sent, per room, until the tab is closed. */
import { read, write } from './storage';

const PREFIX = 'chinwag:draft:';

export function draft(room: string): string {
  const value = read(sessionStorage, PREFIX + room);
  return typeof value === 'string' ? value : '';
}

export function keepDraft(room: string, text: string): void {
  write(sessionStorage, PREFIX + room, text === '' ? undefined : text);
}

/** At signing out: the next person at this machine is none of its business. */
export function forgetDrafts(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // Forbidden; then nothing was kept either.
  }
}
