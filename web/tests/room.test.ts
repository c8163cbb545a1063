import { describe, expect, it } from 'vitest';
import { ApiError } from '../src/lib/errors';
import { type RoomHost, RoomState } from '../src/state/room.svelte';
import { FakeRoom } from './fake';

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
