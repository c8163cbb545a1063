/** The open rooms of the workspace, as the page shows them. */
import { Directory, type Listed } from '../lib/directory';
import type { StreamHandler } from '../lib/streams';
import type { Change, Cursor, Room, WorkspaceAnswer } from '../lib/wire';
import { toasts } from './toasts.svelte';

type Call = <T>(event: string, payload: object) => Promise<T>;

/** Rooms asked for at once. */
const PAGE = 100;

export class OpenRooms implements StreamHandler {
  /** As far as they are loaded, by name. */
  list = $state.raw<readonly Listed[]>([]);
  more = $state(false);
  loaded = $state(false);

  readonly #call: Call;
  readonly #directory = new Directory();

  constructor(call: Call) {
    this.#call = call;
  }

  find(id: string): Room | undefined {
    return this.#directory.find(id);
  }

  async loadMore(): Promise<void> {
    const after = this.#directory.last;
    if (!this.more || after === undefined) return;
    this.#directory.append(await this.#call<WorkspaceAnswer>('workspace:load', { after, limit: PAGE }));
    this.#publish();
  }

  async load(): Promise<{ cursor: Cursor; install(): void }> {
    const answer = await this.#call<WorkspaceAnswer>('workspace:load', { limit: PAGE });
    return {
      cursor: answer.cursor,
      install: () => {
        this.#directory.install(answer);
        this.#publish();
      },
    };
  }

  apply(changes: Change[]): void {
    this.#directory.apply(changes);
    this.#publish();
  }

  gone(): void {
    // Everybody who is signed in has a workspace; who is not is told so by other means.
  }

  failed(error: unknown): void {
    toasts.error(error);
  }

  #publish(): void {
    this.list = this.#directory.list();
    this.more = this.#directory.more;
    this.loaded = true;
  }
}
