/**
 * Lays the loaded messages out as rows (day separators, grouping by author) in blocks.
 *
 * A block is what the list renders or leaves out as one piece. Which block a message is in depends on its `seq` alone,
 * so blocks stay the same when older pages or new messages come, and a block in which nothing changed is the very same
 * object as before: the list then does nothing for it.
 */
import { localDay } from './format';
import type { Message } from './wire';

export interface Row {
  message: Message;
  /** The first message of its day. */
  startsDay: boolean;
  /** Shown with avatar and name; those that follow soon by the same author are not. */
  startsGroup: boolean;
}

export interface Block {
  key: number;
  rows: readonly Row[];
  /** The message before the first row, on which that row's looks depend. */
  before: Message | undefined;
}

const SEQS_PER_BLOCK = 48;
/** Messages of one author within this time are one group. */
const GROUP_MS = 5 * 60_000;

export function blocks(messages: readonly Message[], previous: readonly Block[]): readonly Block[] {
  const known = new Map(previous.map((block) => [block.key, block]));
  const result: Block[] = [];
  let before: Message | undefined;
  for (let start = 0; start < messages.length; ) {
    const key = blockKey(messages[start]);
    let end = start + 1;
    while (end < messages.length && blockKey(messages[end]) === key) end += 1;
    const old = known.get(key);
    const same = old?.before === before && old !== undefined && holds(old, messages, start, end);
    result.push(same ? old : { key, before, rows: rows(messages, start, end, before) });
    before = messages[end - 1];
    start = end;
  }
  const unchanged = result.length === previous.length && result.every((block, i) => block === previous[i]);
  return unchanged ? previous : result;
}

function blockKey(message: Message | undefined): number {
  return Math.floor((message?.seq ?? 0) / SEQS_PER_BLOCK);
}

function holds(block: Block, messages: readonly Message[], start: number, end: number): boolean {
  return block.rows.length === end - start && block.rows.every((row, i) => row.message === messages[start + i]);
}

function rows(messages: readonly Message[], start: number, end: number, first: Message | undefined): Row[] {
  const result: Row[] = [];
  let before = first;
  for (let i = start; i < end; i += 1) {
    const message = messages[i];
    if (!message) continue;
    const startsDay = !before || localDay(before.at) !== localDay(message.at);
    result.push({ message, startsDay, startsGroup: startsDay || !continues(before, message) });
    before = message;
  }
  return result;
}

/** Whether `message` belongs to the group that `before` is in. */
export function continues(
  before: Pick<Message, 'author' | 'at' | 'kind'> | undefined,
  message: Pick<Message, 'author' | 'at' | 'kind'>,
): boolean {
  return (
    before !== undefined &&
    !before.kind &&
    !message.kind &&
    before.author.id === message.author.id &&
    message.at - before.at < GROUP_MS
  );
}
