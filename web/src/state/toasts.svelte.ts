/** Short notes at the edge of the page that go by themselves. */
import { sentence } from '../lib/errors';

export interface Toast {
  id: number;
  text: string;
  kind: 'error' | 'note';
}

const SHOWN_MS = 7000;
const AT_ONCE = 3;

class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  #next = 1;

  note(text: string, kind: Toast['kind'] = 'note'): void {
    const id = this.#next++;
    // The same words twice are one note.
    this.list = [...this.list.filter((toast) => toast.text !== text), { id, text, kind }].slice(-AT_ONCE);
    setTimeout(() => this.close(id), SHOWN_MS);
  }

  error(error: unknown): void {
    this.note(sentence(error), 'error');
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
