/** What was written and not sent, per person and room, until the tab is closed. */
import { read, write } from './storage';

const PREFIX = 'chinwag:draft:';

/** The person is part of the name: the next one at this browser may be in the same room. */
function key(user: string, room: string): string {
  return `${PREFIX}${user}:${room}`;
}

export function draft(user: string, room: string): string {
  const value = read(sessionStorage, key(user, room));
  return typeof value === 'string' ? value : '';
}

export function keepDraft(user: string, room: string, text: string): void {
  write(sessionStorage, key(user, room), text === '' ? undefined : text);
}

/** At signing out: the next person at this machine is none of its business. */
export function forgetDrafts(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // Forbidden; then nothing was kept either.
  }
}
