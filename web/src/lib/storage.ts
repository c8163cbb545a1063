/** `localStorage` and `sessionStorage`, which may be full, forbidden or edited by hand: then things are just not kept. */
import type { Pending, PendingStorage } from './outbox';

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

export function read(store: Store, key: string): unknown {
  try {
    const text = store.getItem(key);
    return text === null ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

export function write(store: Store, key: string, value: unknown): void {
  try {
    if (value === undefined) store.removeItem(key);
    else store.setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden; what is on the screen still works.
  }
}

const SIGNED_OUT = 'chinwag:signed-out';

/** The page of signing in is another document; this tells it why one is there. */
export function leaveSignedOutNote(): void {
  try {
    write(sessionStorage, SIGNED_OUT, true);
  } catch {
    // Forbidden: then it does not say why.
  }
}

export function takeSignedOutNote(): boolean {
  try {
    const there = read(sessionStorage, SIGNED_OUT) === true;
    write(sessionStorage, SIGNED_OUT, undefined);
    return there;
  } catch {
    return false;
  }
}

/** One entry per message that waits to be acknowledged, below a prefix that names the person. */
export function pendingStorage(store: Store, user: string): PendingStorage {
  const prefix = `chinwag:outbox:${user}:`;
  return {
    load() {
      const found: Pending[] = [];
      try {
        for (let i = 0; i < store.length; i += 1) {
          const key = store.key(i);
          if (!key?.startsWith(prefix)) continue;
          const value = read(store, key);
          if (isPending(value) && key === prefix + value.nonce) found.push(value);
        }
      } catch {
        // Forbidden.
      }
      return found;
    },
    put: (pending) => write(store, prefix + pending.nonce, pending),
    delete: (nonce) => write(store, prefix + nonce, undefined),
  };
}

function isPending(value: unknown): value is Pending {
  if (typeof value !== 'object' || value === null) return false;
  const it = value as Record<string, unknown>;
  return (
    typeof it.nonce === 'string' &&
    typeof it.room === 'string' &&
    typeof it.text === 'string' &&
    typeof it.at === 'number' &&
    typeof it.after === 'number' &&
    typeof it.tried === 'boolean' &&
    (it.state === 'waiting' || it.state === 'sending' || it.state === 'failed')
  );
}
