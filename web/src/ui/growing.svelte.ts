import type { Attachment } from 'svelte/attachments';

/** Makes a textarea as high as its text (`value` is read so that it follows changes made by the program as well). */
export function growing(value: () => string): Attachment<HTMLTextAreaElement> {
  return (area) => {
    $effect(() => {
      value();
      area.style.height = 'auto';
      area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
    });
  };
}
