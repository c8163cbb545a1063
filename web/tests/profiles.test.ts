import { describe, expect, it } from 'vitest';
import type { User, WorkspaceAnswer } from '../src/lib/wire';
import { OpenRooms } from '../src/state/directory.svelte';
import { personOf, Profiles } from '../src/state/profiles.svelte';
import { Workspace } from '../src/state/workspace';

const ann: User = { id: 'ann', name: 'Ann', role: 'member' };
const was = { id: 'ann', name: 'Ann' };

describe('how people are shown', () => {
  it('is what was read, until something else is told', () => {
    const profiles = new Profiles();
    expect(profiles.of(was)).toBe(was);
    profiles.learn([{ rev: 4, person: { ...ann, name: 'Anna', avatar: 2 } }]);
    expect(profiles.of(was)).toEqual({ id: 'ann', name: 'Anna', avatar: 2 });
    expect(profiles.of({ id: 'bo', name: 'Bo' })).toEqual({ id: 'bo', name: 'Bo' });
  });

  it('is what was told last, whatever comes first', () => {
    const profiles = new Profiles();
    profiles.learn([{ rev: 9, person: { ...ann, name: 'late' } }]);
    profiles.learn([{ rev: 7, person: { ...ann, name: 'early' } }]);
    expect(profiles.of(was).name).toBe('late');
  });

  it('is the same object as long as nothing is told, so that nothing is drawn again', () => {
    const profiles = new Profiles();
    profiles.learn([{ rev: 4, person: { ...ann, name: 'Anna' } }]);
    const shown = profiles.of(was);
    profiles.learn([{ rev: 5, person: { id: 'bo', name: 'Bob', role: 'member' } }]);
    expect(profiles.of(was)).toBe(shown);
  });

  it('says when it has become too much to keep', () => {
    const profiles = new Profiles();
    for (let rev = 1; rev <= 2000; rev += 1) profiles.learn([{ rev, person: { ...ann, id: `p${rev}` } }]);
    expect(profiles.full).toBe(false);
    profiles.learn([{ rev: 2001, person: ann }]);
    expect(profiles.full).toBe(true);
    profiles.clear();
    expect(profiles.full).toBe(false);
    expect(profiles.find('ann')).toBeUndefined();
  });

  it('names guests', () => {
    expect(personOf({ ...ann, role: 'guest', avatar: 0 })).toEqual({ id: 'ann', name: 'Ann', guest: true });
  });
});

describe('the workspace’s stream', () => {
  const answer: WorkspaceAnswer = { cursor: { epoch: 'one', rev: 3 }, rooms: [], more: false };

  it('says that people may have been missed when it is loaded once more', async () => {
    let missed = 0;
    const openRooms = new OpenRooms(async <T>() => answer as T);
    const workspace = new Workspace(openRooms, { peopleChanged: () => undefined, peopleMissed: () => (missed += 1) });
    (await workspace.load()).install();
    expect([openRooms.loaded, missed]).toEqual([true, 0]);
    (await workspace.load()).install();
    expect(missed).toBe(1);
  });

  it('tells of rooms and of people', () => {
    const told: unknown[] = [];
    const openRooms = new OpenRooms(async <T>() => answer as T);
    const workspace = new Workspace(openRooms, { peopleChanged: (changes) => told.push(...changes), peopleMissed: () => undefined });
    const room = { id: 'a', name: 'garden', kind: 'open' as const, maker: null, at: 0, rev: 1 };
    const changes = [{ rev: 4, room }, { rev: 5, person: ann }];
    workspace.apply(changes);
    expect(told).toEqual(changes);
    expect(openRooms.find('a')).toEqual(room);
  });
});
