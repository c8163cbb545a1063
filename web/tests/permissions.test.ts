import { describe, expect, it } from 'vitest';
import { atLeast, type Case, mayAdd, mayDeleteOthers, mayGovern, mayRemove } from '../src/lib/permissions';
import type { Role, RoomKind, RoomRole } from '../src/lib/wire';

const ROLES: Role[] = ['guest', 'member', 'moderator', 'administrator', 'owner'];

/** The least role in the workspace with which this may be done in such a room, with that role in it. */
function least(may: (what: Case) => boolean, kind: RoomKind, own: RoomRole | null): Role | 'nobody' {
  const allowed = ROLES.map((role) => may({ role, kind, own }));
  const first = allowed.indexOf(true);
  // Each role may do what those before may.
  expect(allowed.slice(Math.max(first, 0)).every((is) => is === first >= 0)).toBe(true);
  return ROLES[first] ?? 'nobody';
}

const places = (may: (what: Case) => boolean) =>
  (['open', 'closed', 'direct'] as const).map((kind) => [least(may, kind, 'member'), least(may, kind, 'owner')]);

describe('who may do what, as docs/permissions.md has it', () => {
  it('ranks the roles of the workspace', () => {
    expect(ROLES.map((role) => atLeast(role, 'moderator'))).toEqual([false, false, true, true, true]);
    expect(atLeast(undefined, 'guest')).toBe(false);
  });

  it('adds people', () => {
    expect(places(mayAdd)).toEqual([['member', 'member'], ['moderator', 'guest'], ['nobody', 'nobody']]);
    expect(least(mayAdd, 'open', null)).toBe('nobody');
    expect(least(mayAdd, 'closed', null)).toBe('nobody');
  });

  it('renames rooms and makes owners', () => {
    expect(places(mayGovern)).toEqual([['administrator', 'guest'], ['administrator', 'guest'], ['nobody', 'nobody']]);
  });

  it('deletes what others wrote', () => {
    expect(places(mayDeleteOthers)).toEqual([
      ['moderator', 'guest'],
      ['moderator', 'guest'],
      ['administrator', 'administrator'],
    ]);
  });

  it('removes members', () => {
    expect(places((what) => mayRemove(what, 'member'))).toEqual([
      ['moderator', 'guest'],
      ['moderator', 'guest'],
      ['nobody', 'nobody'],
    ]);
    expect(places((what) => mayRemove(what, 'owner'))).toEqual([
      ['administrator', 'administrator'],
      ['administrator', 'administrator'],
      ['nobody', 'nobody'],
    ]);
  });

  it('removes only those below, but for the owner of a room and the owners of all', () => {
    const by = (role: Role, own: RoomRole, theirs: Role) => mayRemove({ role, kind: 'open', own }, 'member', theirs);
    expect(by('moderator', 'member', 'member')).toBe(true);
    expect(by('moderator', 'member', 'moderator')).toBe(false);
    expect(by('member', 'owner', 'administrator')).toBe(true);
    expect(by('owner', 'member', 'owner')).toBe(true);
    expect(mayRemove({ role: 'administrator', kind: 'open', own: 'owner' }, 'owner', 'administrator')).toBe(false);
  });
});
