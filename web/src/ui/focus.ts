/** Puts the cursor where one writes; not on a phone, where that would open the keyboard over the messages. Whether it is there. */
export function focusComposer(): boolean {
  if (matchMedia('(hover: none)').matches) return false;
  const area = document.querySelector<HTMLTextAreaElement>('.composer textarea');
  area?.focus();
  return area !== null;
}
