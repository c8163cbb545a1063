/** The open rooms of the workspace, as the page shows them. */
import { Directory, type Listed } from '../lib/directory';
import type { Change, Room, WorkspaceAnswer } from '../lib/wire';

type Call = <T>(event: string, payload: object) => Promise<T>;

/** Rooms asked for at once. */
const PAGE = 100;

export class OpenRooms {
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

  /** The first page. */
  load(): Promise<WorkspaceAnswer> {
    return this.#call<WorkspaceAnswer>('workspace:load', { limit: PAGE });
  }

  install(page: WorkspaceAnswer): void {
    this.#directory.install(page);
    this.#publish();
  }

  apply(changes: readonly Change[]): void {
    this.#directory.apply(changes);
    this.#publish();
  }

  #publish(): void {
    this.list = this.#directory.list();
    this.more = this.#directory.more;
    this.loaded = true;
  }
}
