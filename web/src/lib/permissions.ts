/**
 * Who may do what, as far as the page shows it or hides it. Who may do what at all is in docs/permissions.md, and the
 * server decides: a refusal that was not foreseen here is shown like any other.
 */
import type { Role, RoomKind, RoomRole } from './wire';

const ROLES: readonly Role[] = ['guest', 'member', 'moderator', 'administrator', 'owner'];

/** Who acts, and in which room. */
export interface Case {
  role: Role;
  kind: RoomKind;
  /** One's role in the room; none if one is not in it. */
  own: RoomRole | null;
}

/** Whether somebody may do what those with the role `least` may. */
export function atLeast(role: Role | undefined, least: Role): boolean {
  return role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** Bring somebody in. */
export function mayAdd({ role, kind, own }: Case): boolean {
  if (own === null || kind === 'direct') return false;
  return kind === 'open' ? atLeast(role, 'member') : own === 'owner' || atLeast(role, 'moderator');
}

/** Give the room another name, make its members owners, and set for how long it keeps its messages. */
export function mayGovern({ role, kind, own }: Case): boolean {
  return kind !== 'direct' && (own === 'owner' || atLeast(role, 'administrator'));
}

/** Remove somebody with this role in the room, and with that role in the workspace where it is known. */
export function mayRemove({ role, kind, own }: Case, member: RoomRole, theirs?: Role): boolean {
  if (kind === 'direct') return false;
  const below = theirs === undefined || role === 'owner' || !atLeast(theirs, role);
  if (member === 'owner') return atLeast(role, 'administrator') && below;
  return own === 'owner' || (atLeast(role, 'moderator') && below);
}

/** Delete somebody else's message. */
export function mayDeleteOthers({ role, kind, own }: Case): boolean {
  return kind === 'direct' ? atLeast(role, 'administrator') : own === 'owner' || atLeast(role, 'moderator');
}
