/** Opens what the address names, and remembers the room that was open last. */
import { untrack } from 'svelte';
import { roomPath } from '../lib/router';
import { read, write } from '../lib/storage';
import type { Chat } from './chat.svelte';
import { place } from './place.svelte';

/** How long the server's own page stays on the screen once connected, while there is nothing to replace it by. */
const PATIENCE_MS = 2500;

/**
 * Follows the address from now on. The promise resolves when there is something to show; without a connection it does
 * not, and the server's page goes on to work.
 */
export function navigate(chat: Chat): Promise<void> {
  return new Promise((shown) => {
    $effect.root(() => {
      $effect(() => {
        const { page } = place;
        if (page.name === 'room') untrack(() => chat.open(page.id));
        else untrack(() => chat.close());
      });
      $effect(() => {
        if (place.page.name !== 'home' || !chat.roomsLoaded) return;
        const home = untrack(() => homePath(chat));
        place.go(home, 'replace');
      });
      $effect(() => {
        if (chat.user && chat.current?.access === 'open') write(localStorage, lastKey(chat), chat.current.id);
      });
      $effect(() => {
        const { page } = place;
        if (page.name === 'room' && chat.current && chat.current.access !== 'loading') shown();
        if (chat.link === 'ready') setTimeout(shown, PATIENCE_MS);
        if (page.name === 'rooms' && chat.openRooms.loaded) shown();
      });
    });
  });
}

/** The room that was open last, else the lobby, else any of one's own, else the list of all. */
function homePath(chat: Chat): string {
  const last = read(localStorage, lastKey(chat));
  const room =
    chat.rooms.find(({ id }) => id === last) ??
    chat.rooms.find(({ name }) => name.toLowerCase() === 'lobby') ??
    chat.rooms[0];
  return room ? roomPath(room.id) : '/rooms';
}

function lastKey(chat: Chat): string {
  return `chinwag:last:${chat.me}`;
}
