/** Where in the client one is: the address, as a value that the page follows. */
import { type Page, pageOf } from '../lib/router';

class Place {
  page = $state.raw<Page>(pageOf(location.pathname));

  constructor() {
    addEventListener('popstate', () => (this.page = pageOf(location.pathname)));
  }

  go(path: string, how: 'push' | 'replace' = 'push'): void {
    if (how === 'replace') history.replaceState(null, '', path);
    else if (path !== location.pathname) history.pushState(null, '', path);
    this.page = pageOf(path);
  }
}

export const place = new Place();

/** Follows links within the client without loading the page; new tabs and the like stay the browser's business. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[data-local]') : null;
  if (!link || link.origin !== location.origin) return;
  event.preventDefault();
  place.go(link.pathname);
}
