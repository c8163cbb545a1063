import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../src/lib/errors';
import { type RoomHost, RoomState } from '../src/state/room.svelte';
import type { Room } from '../src/lib/wire';
import { profiles } from '../src/state/profiles.svelte';
import { FakeRoom, MemoryStorage } from './fake';

const ann = { id: 'ann', name: 'Ann' };
const bo = { id: 'bo', name: 'Bo' };
const direct: Room = { id: 'room', name: '', kind: 'direct', people: [ann, bo], maker: 'ann', at: 0, rev: 1 };

function roomOf(data: Room, more: Partial<RoomHost> = {}): RoomState {
  const room = new RoomState(data.id, { me: 'ann', watched: () => false, ...more } as unknown as RoomHost);
  room.room = data;
  return room;
}

describe('editing a message', () => {
  it('replaces the form that the person saw, and no later one', async () => {
    const server = new FakeRoom();
    const seen = server.post('first words');
    const sent: unknown[] = [];
    const host = {
      me: 'ann',
      call: async () => server.load(),
      command: async (_event: string, payload: object) => {
        sent.push(payload);
        throw new ApiError({ code: 'edit_conflict', message: 'Changed.', current: server.list()[0]! });
      },
      watched: () => false,
    } as unknown as RoomHost;
    const room = new RoomState('room', host);
    (await room.load()).install();
    const changed = server.edit(seen.seq, 'of another device');
    room.apply([{ rev: changed.rev, message: changed }], server.cursor);
    expect(room.find(seen.seq)?.text).toBe('of another device');

    await expect(room.edit(seen, 'mine')).rejects.toMatchObject({ code: 'edit_conflict', current: changed });
    expect(sent).toEqual([{ room: 'room', seq: seen.seq, version: seen.rev, text: 'mine' }]);
    expect(room.find(seen.seq)?.text).toBe('of another device');
  });
});

describe('a room', () => {
  it('is what was loaded last, also where less is known than before: the server was restored', async () => {
    const server = new FakeRoom();
    const message = server.post('kept');
    const room = new RoomState('room', { me: 'ann', watched: () => false, call: async () => server.load() } as unknown as RoomHost);
    room.room = { ...direct, kind: 'open', name: 'later', rev: 900, history_from: 800 };
    (await room.load()).install();
    expect(room.room?.rev).toBe(server.load().room.rev);
    expect(room.find(message.seq)?.text).toBe('kept');
  });

  it('is called by its name, and a direct conversation by the others', () => {
    expect(roomOf({ ...direct, kind: 'open', name: 'garden' }).name).toBe('garden');
    expect(roomOf(direct).name).toBe('Bo');
    expect(roomOf({ ...direct, people: [ann, bo, { id: 'cy', name: 'Cy' }] }).name).toBe('Bo, Cy');
    expect(roomOf({ ...direct, people: [ann] }).name).toBe('Just you');
  });

  it('is called by the names that the others have now', () => {
    const room = roomOf(direct);
    profiles.learn([{ rev: 3, person: { ...bo, name: 'Bob', role: 'member' } }]);
    expect(room.name).toBe('Bob');
    profiles.clear();
    expect(room.name).toBe('Bo');
  });

  it('counts its members as they join, are added, leave and are removed', () => {
    const room = roomOf({ ...direct, kind: 'open', name: 'garden' });
    const lines = ['joined', 'added', 'left', 'added', 'removed', 'retention'] as const;
    const counted = lines.map((kind, i) => {
      const message = { seq: i + 1, rev: i + 1, author: ann, about: bo, at: 0, kind };
      room.apply([{ rev: i + 1, message }], { epoch: 'one', rev: i + 1 });
      return room.memberCount;
    });
    expect(counted).toEqual([1, 2, 1, 2, 1, 1]);
  });

  it('shows nothing that it does not keep any longer', async () => {
    const server = new FakeRoom();
    for (let i = 1; i <= 5; i += 1) server.post(`m${i}`);
    const host = { me: 'ann', call: async () => server.load(), watched: () => false } as unknown as RoomHost;
    const room = new RoomState('room', host);
    (await room.load()).install();
    room.editing = 2;
    const data = { ...server.load().room, rev: 6, retention: { days: 30 }, history_from: 4 };
    room.apply([{ rev: 6, room: data }], { epoch: 'one', rev: 6 });
    expect(room.messages.map(({ seq }) => seq)).toEqual([4, 5]);
    expect([room.more, room.editing]).toEqual([false, null]);
    room.learn({ ...data, rev: 2, history_from: 0 });
    expect(room.room).toEqual(data);
  });
});

describe('what was refused', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('goes back before what was written since', () => {
    vi.stubGlobal('sessionStorage', new MemoryStorage());
    const room = roomOf(direct);
    room.write('three');
    room.takeBack(['one', 'two'], 'You are muted.');
    expect(room.draft).toBe('one\ntwo\nthree');
    expect(room.hint).toBe('You are muted.');
  });
});
