/** The Socket.IO connection: WebSocket first, known by the cookie, back by itself. */
import { io, type Socket } from 'socket.io-client';
import { ApiError, backoff, type ErrorBody, OFFLINE, retryable, TIMEOUT } from './errors';
import { freshNonce } from './nonce';
import type { Batch, PresenceChanged, SessionReady, TypingChanged } from './wire';

export interface ConnectionEvents {
  /** Connected and known; everything of our streams comes from here on. */
  ready(session: SessionReady): void;
  /** The connection is gone; called once for each `ready`, and when the very first try fails. */
  lost(): void;
  /** Nobody is signed in here (any more). */
  signedOut(): void;
  changes(batch: Batch): void;
  presence(change: PresenceChanged): void;
  total(online: number): void;
  typing(change: TypingChanged): void;
}

/** Longer than the server's longest wait for a disk; a connection that is dead is noticed by its heartbeat. */
const ANSWER_MS = 20_000;
/** How long a command is repeated before its failure is told. */
const COMMAND_MS = 30_000;
/** The first try to come back is made after about this, the next ones more and more rarely. */
const RETRY_MS = 500;
/** A handshake that the server refuses is tried again after this. */
const REFUSED_MS = 3000;

export class Connection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  #ready = false;

  constructor(events: ConnectionEvents) {
    this.#events = events;
    this.#socket = io({
      transports: ['websocket', 'polling'],
      // Where a proxy does not let WebSocket through, polling is tried in the same attempt.
      tryAllTransports: true,
      reconnectionDelay: RETRY_MS,
      reconnectionDelayMax: 5000,
      autoConnect: false,
    });
    this.#listen();
  }

  open(): void {
    this.#socket.connect();
    // After a sleep or a lost network the next try may be seconds away.
    const hurry = () => {
      if (!this.#socket.connected && document.visibilityState === 'visible') this.#again();
    };
    addEventListener('online', hurry);
    document.addEventListener('visibilitychange', hurry);
  }

  /** One event and its acknowledgement, within this time. Rejects with an {@link ApiError}, whatever goes wrong. */
  async call<T>(event: string, payload: object, answerMs = ANSWER_MS): Promise<T> {
    // The client library would keep it for later; what is to be sent later is for the outbox to decide.
    if (!this.#ready) throw lostError();
    let answer: { ok: true } | { ok: false; error: ErrorBody };
    try {
      answer = (await this.#socket.timeout(answerMs).emitWithAck(event, payload)) as typeof answer;
    } catch {
      throw this.#socket.connected
        ? new ApiError({ code: TIMEOUT, message: 'The server did not answer. Try again in a moment.' })
        : lostError();
    }
    if (answer.ok) return answer as T;
    throw new ApiError(answer.error);
  }

  /**
   * A command that changes something: with a nonce, and repeated with it until its outcome is known, so that a lost
   * connection or a busy server in between neither loses nor doubles it.
   */
  async command<T>(event: string, payload: object): Promise<T> {
    const withNonce = { nonce: freshNonce(), ...payload };
    const until = Date.now() + COMMAND_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.call<T>(event, withNonce);
      } catch (error) {
        const wait = backoff(attempt, error);
        if (!retryable(error) || Date.now() + wait > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** Says something that is worth no answer. */
  say(event: string, payload: object): void {
    if (this.#ready) this.#socket.volatile.emit(event, payload);
  }

  #listen(): void {
    const socket = this.#socket;
    const events = this.#events;
    socket.on('session:ready', (session: SessionReady) => {
      this.#ready = true;
      socket.io.reconnectionDelay(RETRY_MS);
      events.ready(session);
    });
    socket.on('stream:changes', (batch: Batch) => events.changes(batch));
    socket.on('presence:changed', (change: PresenceChanged) => events.presence(change));
    socket.on('presence:total', ({ online }: { online: number }) => events.total(online));
    socket.on('typing:changed', (change: TypingChanged) => events.typing(change));
    socket.on('session:ended', () => {
      this.#lost();
      socket.disconnect();
      events.signedOut();
    });
    // The transport closes next; the client comes back as after any loss, but not before the server said.
    socket.on('server:closing', ({ retry_ms }: { retry_ms?: number }) => {
      socket.io.reconnectionDelay(Math.max(RETRY_MS, retry_ms ?? 0));
    });
    socket.on('disconnect', (reason) => {
      this.#lost();
      // A server that takes leave in the protocol's words is not come back to by the library itself.
      if (reason === 'io server disconnect') setTimeout(() => socket.connect(), REFUSED_MS);
    });
    socket.on('connect_error', (error: Error & { data?: { code?: string } }) => {
      this.#lost(true);
      if (error.data?.code === 'unauthenticated') {
        socket.disconnect();
        events.signedOut();
      } else if (error.data?.code === 'second_factor_missing') {
        // There is a page for it, from where one comes back here.
        socket.disconnect();
        location.assign('/account/second-factor');
      } else if (!socket.active) {
        setTimeout(() => socket.connect(), REFUSED_MS);
      }
    });
  }

  #lost(tell = this.#ready): void {
    this.#ready = false;
    if (tell) this.#events.lost();
  }

  #again(): void {
    this.#socket.disconnect();
    this.#socket.connect();
  }
}

function lostError(): ApiError {
  return new ApiError({ code: OFFLINE, message: 'There is no connection to the server. Try again when it is back.' });
}
