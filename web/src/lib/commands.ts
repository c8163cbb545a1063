/** Slash commands: texts that are no messages, but questions to whoever does them. */
import type { SlashCommand } from './wire';

/** The command that a text calls. Any other text is a message, whatever it begins with. */
export function called(commands: readonly SlashCommand[], text: string): SlashCommand | undefined {
  const word = /^\/(\S+)/.exec(text)?.[1];
  return commands.find((command) => command.word === word);
}

/** The commands that somebody may be about to write: what is there so far is the beginning of them. */
export function offered(commands: readonly SlashCommand[], text: string): SlashCommand[] {
  const [, word, behind] = /^\/(\S*)(\s?)/.exec(text) ?? [];
  if (word === undefined) return [];
  return commands.filter((command) => (behind === '' ? command.word.startsWith(word) : command.word === word));
}
