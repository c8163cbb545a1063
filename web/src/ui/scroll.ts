/**
 * Keeps a scrolled list where its reader is: at the end while they are at the end, and otherwise at the row that they
 * see, whatever is loaded above it, arrives below it or changes its height. Browsers' own scroll anchoring is not
 * everywhere and does not know the end, so it is off (`overflow-anchor: none`).
 */
const AT_END = 48;
const NEAR_TOP = 900;

export interface ScrollEvents {
  atEnd(atEnd: boolean): void;
  /** The oldest loaded row is near. */
  nearTop(): void;
}

export class ScrollKeeper {
  #stick = true;
  #lastTop = 0;
  #lastHeight = 0;
  #anchor: { row: Element; offset: number } | undefined;
  readonly #scroller: HTMLElement;
  readonly #rows: HTMLElement;
  readonly #events: ScrollEvents;
  readonly #observer: ResizeObserver;
  readonly #scrolled = () => this.#onScroll();

  /** `rows` holds blocks, and these hold rows. */
  constructor(scroller: HTMLElement, content: HTMLElement, rows: HTMLElement, events: ScrollEvents) {
    this.#scroller = scroller;
    this.#rows = rows;
    this.#events = events;
    // Called after layout and before painting: what is put right here is never seen wrong.
    this.#observer = new ResizeObserver(() => this.settle());
    this.#observer.observe(content);
    this.#observer.observe(scroller);
    scroller.addEventListener('scroll', this.#scrolled, { passive: true });
  }

  stop(): void {
    this.#observer.disconnect();
    this.#scroller.removeEventListener('scroll', this.#scrolled);
  }

  toEnd(): void {
    this.#stick = true;
    this.#anchor = undefined;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#remember();
    this.#events.atEnd(true);
  }

  /** Puts the reader back to where they were after something changed its height. */
  settle(): void {
    if (this.#stick) {
      this.toEnd();
    } else {
      this.#restore();
    }
    if (this.#scroller.scrollTop < NEAR_TOP) this.#events.nearTop();
  }

  #onScroll(): void {
    const by = this.#scroller.scrollTop - this.#lastTop;
    // An echo of what was set here; it says nothing about what the reader wants.
    if (Math.abs(by) < 1 && this.#scroller.scrollHeight === this.#lastHeight) return;
    // A page may have come since the last frame, before the observer could tell: then the reader moved by so much from
    // the row that they saw, and not to what is at that place now.
    if (!this.#stick && this.#scroller.scrollHeight !== this.#lastHeight) {
      if (this.#anchor) this.#anchor.offset -= by;
      this.#restore();
    }
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const atEnd = scrollHeight - scrollTop - clientHeight <= AT_END;
    // Only scrolling up lets go of the end; content that grew since the last frame does not.
    if (atEnd) this.#stick = true;
    else if (by < -1) this.#stick = false;
    this.#remember();
    if (!this.#stick) this.#anchor = this.#firstVisible();
    this.#events.atEnd(this.#stick);
    if (scrollTop < NEAR_TOP) this.#events.nearTop();
  }

  #restore(): void {
    if (this.#anchor?.row.isConnected) {
      const moved = this.#offset(this.#anchor.row) - this.#anchor.offset;
      if (Math.abs(moved) >= 1) this.#scroller.scrollTop += moved;
    }
    // A block that was not rendered may get rows above those that it had, and a row may go: then another one counts.
    if (!this.#anchor?.row.isConnected || this.#anchor.row.parentElement === this.#rows) this.#anchor = this.#firstVisible();
    this.#remember();
  }

  #remember(): void {
    this.#lastTop = this.#scroller.scrollTop;
    this.#lastHeight = this.#scroller.scrollHeight;
  }

  #offset(element: Element): number {
    return element.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
  }

  #firstVisible(): { row: Element; offset: number } | undefined {
    const block = this.#firstBelowTop(this.#rows.children);
    let row = block && (this.#firstBelowTop(block.children) ?? block);
    // The heading of a day stays with no message: it goes when an older one of that day comes above it.
    if (row?.matches('.day')) row = row.nextElementSibling ?? row;
    return row && { row, offset: this.#offset(row) };
  }

  /** The first that reaches below the upper edge. They lie one below the other, so it is found by halving. */
  #firstBelowTop(elements: HTMLCollection): Element | undefined {
    const edge = this.#scroller.getBoundingClientRect().top;
    let low = 0;
    let high = elements.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const element = elements[middle];
      if (element && element.getBoundingClientRect().bottom > edge) high = middle;
      else low = middle + 1;
    }
    return elements[low];
  }
}
