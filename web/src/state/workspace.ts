/** The workspace's stream: the open rooms, and how people are shown. */
import type { StreamHandler } from '../lib/streams';
import type { Change, Cursor } from '../lib/wire';
import type { OpenRooms } from './directory.svelte';
import { toasts } from './toasts.svelte';

export interface WorkspaceHost {
  /** How people are shown now. */
  peopleChanged(changes: readonly Change[]): void;
  /** Changes of people may have been missed. */
  peopleMissed(): void;
}

export class Workspace implements StreamHandler {
  readonly #openRooms: OpenRooms;
  readonly #host: WorkspaceHost;
  #loaded = false;

  constructor(openRooms: OpenRooms, host: WorkspaceHost) {
    this.#openRooms = openRooms;
    this.#host = host;
  }

  async load(): Promise<{ cursor: Cursor; install(): void }> {
    const answer = await this.#openRooms.load();
    return {
      cursor: answer.cursor,
      install: () => {
        this.#openRooms.install(answer);
        // Loaded once more: its changes could not be followed, and people are not among what a load tells.
        if (this.#loaded) this.#host.peopleMissed();
        this.#loaded = true;
      },
    };
  }

  apply(changes: Change[]): void {
    this.#openRooms.apply(changes);
    this.#host.peopleChanged(changes);
  }

  gone(): void {
    // Everybody who is signed in has a workspace; who is not is told so by other means.
  }

  failed(error: unknown): void {
    toasts.error(error);
  }
}
