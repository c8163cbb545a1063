/**
 * Tells the blocks of a long list whether they are near enough to be rendered. One that is not is replaced by an empty
 * box of the height that it had, so a list of ten thousand messages costs what a screenful costs.
 */
const NEAR = '1500px 0px';

/** Shown or not, and the height that it had while it was shown. */
type Tell = (near: boolean, height: number) => void;

export class Windowing {
  readonly #observer: IntersectionObserver;
  readonly #watched = new Map<Element, Tell>();

  constructor(root: Element) {
    this.#observer = new IntersectionObserver((entries) => this.#seen(entries), { root, rootMargin: NEAR });
  }

  watch(element: Element, tell: Tell): () => void {
    this.#watched.set(element, tell);
    this.#observer.observe(element);
    return () => {
      this.#watched.delete(element);
      this.#observer.unobserve(element);
    };
  }

  stop(): void {
    this.#observer.disconnect();
  }

  #seen(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting, boundingClientRect } of entries) {
      // What somebody edits or has selected stays, however far it is scrolled away.
      if (!isIntersecting && inUse(target)) continue;
      this.#watched.get(target)?.(isIntersecting, boundingClientRect.height);
    }
  }
}

function inUse(element: Element): boolean {
  if (element.contains(document.activeElement)) return true;
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(element, true);
}
