/** Starts the client on the page that the server rendered. */
import { mount } from 'svelte';
import { enhanceForm } from './forms';
import { forgetDrafts, keepDraft } from './lib/drafts';
import { pageOf, signInPath } from './lib/router';
import { leaveSignedOutNote } from './lib/storage';
import { Chat } from './state/chat.svelte';
import { navigate } from './state/navigation.svelte';
import App from './ui/App.svelte';
import './ui/app.css';

const target = document.getElementById('app');
if (target && /^\/sign-(in|up)\/?$/.test(location.pathname)) enhanceForm(target);
// Other pages (an error, say) are complete as the server made them.
else if (target && /^\/(rooms(\/[^/]*)?\/?)?$/.test(location.pathname)) start(target);

function start(target: HTMLElement): void {
  let leaving = false;
  const chat = new Chat(() => {
    if (leaving || chat.signingOut) return;
    leaving = true;
    forgetDrafts();
    // Whoever signs out here knows; where nobody was signed in, nobody was signed out.
    if (chat.user) leaveSignedOutNote();
    location.assign(signInPath(location.pathname + location.search));
  });
  void navigate(chat).then(() => {
    takeOver(target, chat);
    mount(App, { target, props: { chat } });
  });
  chat.start();
}

/** Removes the plain page; what was typed into its form meanwhile goes on as a draft. */
function takeOver(target: HTMLElement, chat: Chat): void {
  const typed = target.querySelector<HTMLTextAreaElement>('textarea[name="text"]')?.value;
  const page = pageOf(location.pathname);
  if (typed && page.name === 'room') keepDraft(chat.me, page.id, typed);
  target.replaceChildren();
}
