/** What was asked with slash commands, and what was answered: for oneself alone, and gone with the page. */
import { called } from '../lib/commands';
import { ApiError, OFFLINE, sentence, TIMEOUT } from '../lib/errors';
import { freshNonce } from '../lib/nonce';
import type { Sent } from '../lib/outbox';
import type { SlashCommand } from '../lib/wire';

export interface Reply {
  id: string;
  room: string;
  /** As it was written. */
  text: string;
  state: 'waiting' | 'answered' | 'refused';
  /** What was answered, or why it was not done. */
  answer: string;
}

/** What this needs of the chat. */
export interface RepliesHost {
  /** Asks, and waits for so long. */
  call<T>(event: string, payload: object, answerMs?: number): Promise<T>;
  /** Whether there is a connection. */
  connected(): boolean;
  announce(text: string): void;
}

/** Nobody knows what became of it; asking again might do it twice. */
const UNKNOWN = 'The connection went before the answer came. It may have been done all the same: look before you ask again.';

/** Most that are shown in all rooms together. */
const MOST = 20;
/** What an answer takes on its way, beside the time that whoever does the command has. */
const WAY_MS = 10_000;

/** Whether the answer got lost, and not the question. */
function lost(error: unknown): boolean {
  return error instanceof ApiError && (error.code === OFFLINE || error.code === TIMEOUT);
}

export class Replies {
  commands = $state.raw<readonly SlashCommand[]>([]);
  list = $state.raw<readonly Reply[]>([]);
  readonly #host: RepliesHost;

  constructor(host: RepliesHost) {
    this.#host = host;
  }

  /** What can be asked here may be different after a restart of the server. */
  async load(): Promise<void> {
    const { commands } = await this.#host.call<{ commands: SlashCommand[] }>('command:list', {});
    this.commands = commands;
  }

  /** Asks, if the text is a command. It is asked once: whether to ask again is for whoever sees what became of it. */
  ask(room: string, text: string): boolean {
    const command = called(this.commands, text);
    if (!command) return false;
    const id = freshNonce();
    this.#show({ id, room, text, state: 'waiting', answer: '' });
    const asked = { room, text, nonce: id };
    const sent = this.#host.connected();
    this.#host.call<Sent>('message:send', asked, command.timeout_seconds * 1000 + WAY_MS).then(
      (answer) => {
        if ('answer' in answer) this.#became(id, 'answered', answer.answer);
        // It is no command there any more, and in the room.
        else this.dismiss(id);
      },
      (error: unknown) => this.#became(id, 'refused', sent && lost(error) ? UNKNOWN : sentence(error)),
    );
    return true;
  }

  /** An answer to something that was sent as a message: that it was a command was not known here. */
  heard(room: string, text: string, answer: string): void {
    this.#show({ id: freshNonce(), room, text, state: 'answered', answer });
    this.#host.announce(answer);
  }

  dismiss(id: string): void {
    this.list = this.list.filter((reply) => reply.id !== id);
  }

  #show(reply: Reply): void {
    this.list = [...this.list, reply].slice(-MOST);
  }

  #became(id: string, state: Reply['state'], answer: string): void {
    this.list = this.list.map((reply) => (reply.id === id ? { ...reply, state, answer } : reply));
    this.#host.announce(answer);
  }
}
