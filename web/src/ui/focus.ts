/** Puts the cursor where one writes; not on a phone, where that would open the keyboard over the messages. */
export function focusComposer(): void {
  if (matchMedia('(hover: none)').matches) return;
  document.querySelector<HTMLTextAreaElement>('.composer textarea')?.focus();
}
