import { describe, expect, it } from 'vitest';
import { Directory } from '../src/lib/directory';
import { MemberList } from '../src/lib/members';
import { countSinceEntry, countUnread, ReadMarkers } from '../src/lib/unread';
import type { Member, Room } from '../src/lib/wire';
import { message } from './fake';

const room = (id: string, name: string): Room => ({ id, name, kind: 'open', maker: 'x', at: 0, rev: 1 });
const page = (rev: number, rooms: Room[], more = false) => ({
  cursor: { epoch: 'one', rev },
  rooms: rooms.map((each) => ({ room: each, members: 1, joined: false })),
  more,
});

describe('the directory of rooms', () => {
  it('is sorted by name and follows changes', () => {
    const directory = new Directory();
    directory.install(page(5, [room('b', 'beta'), room('a', 'Alpha')]));
    directory.apply([{ rev: 6, room: room('c', 'Ämter') }]);
    expect(directory.list().map((each) => each.room.name)).toEqual(['Alpha', 'Ämter', 'beta']);
    expect(directory.find('c')?.name).toBe('Ämter');
  });

  it('does not let a page overwrite what is newer, nor a change what is older', () => {
    const directory = new Directory();
    directory.install(page(5, [room('a', 'a')], true));
    directory.apply([{ rev: 9, room: room('b', 'renamed') }]);
    directory.append(page(7, [room('b', 'old name')]));
    expect(directory.find('b')?.name).toBe('renamed');
    directory.append(page(12, [room('b', 'newest')]));
    directory.apply([{ rev: 11, room: room('b', 'late') }]);
    expect(directory.find('b')?.name).toBe('newest');
  });
});

describe('the list of members', () => {
  const member = (id: string, role: Member['role'] = 'member'): Member => ({ id, name: id, role });

  it('keeps the changes that came while its pages were read', () => {
    const list = new MemberList();
    list.start();
    list.apply({ id: 'b', gone: true });
    list.apply(member('z'));
    list.page([member('a'), member('b')]);
    list.page([member('o', 'owner')]);
    expect(list.list().map(({ id }) => id)).toEqual(['o', 'a', 'z']);
  });
});

describe('what is unread', () => {
  it('counts messages of others, in a range', () => {
    const changes = [
      { rev: 4, message: message(4, 'before') },
      { rev: 5, message: message(5, 'one') },
      { rev: 6, message: { ...message(6, ''), kind: 'joined' as const } },
      { rev: 7, message: { ...message(7, ''), deleted: true } },
      { rev: 8, message: message(8, 'two') },
      { rev: 9, message: message(9, 'later') },
      { rev: 10, message: message(3, 'edited', 10) },
    ];
    expect(countUnread(changes, 'bo', 4, 8)).toBe(2);
    expect(countUnread(changes, 'ann', 4, 8)).toBe(0);
  });

  it('is, for somebody who was brought in, what was written since', () => {
    const bo = { id: 'bo', name: 'Bo' };
    const line = (seq: number, kind: 'joined' | 'added', more = {}) => ({ ...message(seq, ''), kind, ...more });
    const texts = [message(4, 'one'), { ...message(5, 'mine'), author: bo }, message(6, 'two')];
    expect(countSinceEntry([message(1, 'before'), line(2, 'added', { about: bo }), ...texts], 'bo')).toBe(2);
    expect(countSinceEntry([message(1, 'before'), line(2, 'joined', { author: bo }), ...texts], 'bo')).toBe(2);
    expect(countSinceEntry([line(1, 'joined', { author: bo }), message(2, 'x'), line(3, 'added', { about: bo })], 'bo')).toBe(0);
    expect(countSinceEntry([line(1, 'added', { about: { id: 'cy', name: 'Cy' } }), ...texts], 'bo')).toBe(2);
  });

  it('is remembered as far as it goes, never back', () => {
    const items = new Map<string, string>();
    const store = {
      length: 0,
      key: () => null,
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    };
    const markers = new ReadMarkers(store, 'ann');
    expect(markers.empty).toBe(true);
    markers.set('r', { epoch: 'one', rev: 5 });
    markers.set('r', { epoch: 'one', rev: 3 });
    expect(markers.get('r')).toEqual({ epoch: 'one', rev: 5 });
    markers.set('r', { epoch: 'two', rev: 1 });
    expect(markers.get('r')).toEqual({ epoch: 'two', rev: 1 });
    expect(markers.empty).toBe(false);
    markers.keep(new Set());
    expect(markers.get('r')).toBeUndefined();
  });
});
