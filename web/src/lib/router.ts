/** Which page an address means. The server gives the same document for all of them. */
export type Page = { name: 'home' } | { name: 'rooms' } | { name: 'room'; id: string };

export function pageOf(pathname: string): Page {
  const parts = pathname.split('/').filter((part) => part !== '');
  if (parts[0] !== 'rooms') return { name: 'home' };
  const id = parts[1];
  return id ? { name: 'room', id: decodeURIComponentSafely(id) } : { name: 'rooms' };
}

export function roomPath(id: string): string {
  return `/rooms/${encodeURIComponent(id)}`;
}

export function signInPath(here: string): string {
  return `/sign-in?next=${encodeURIComponent(here)}`;
}

/**
 * Where to go after signing in: only ever a page of this site, as a whole address. What counts is the address after it
 * was resolved: `/..//host` has the path `//host` then, which by itself would be another host's address.
 */
export function safeNext(next: string | null, origin: string): string {
  const home = `${origin}/`;
  if (!next?.startsWith('/')) return home;
  try {
    const url = new URL(next, origin);
    if (url.origin !== origin || /^[/\\]{2}/.test(url.pathname)) return home;
    return origin + url.pathname + url.search + url.hash;
  } catch {
    return home;
  }
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
