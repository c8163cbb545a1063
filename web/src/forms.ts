/**
 * Makes the server's sign-in and sign-up forms answer in place. Without this they are plain forms and work as such;
 * if anything here goes wrong, the form is sent the plain way.
 */
import { safeNext } from './lib/router';
import { takeSignedOutNote } from './lib/storage';

interface Answer {
  ok: boolean;
  error?: { code: string; message: string };
}

export function enhanceForm(page: HTMLElement): void {
  const form = page.querySelector<HTMLInputElement>('input[name="password"]')?.form;
  if (!form) return;
  if (takeSignedOutNote()) show(form, 'You were signed out. Sign in again.', false);
  const signUp = location.pathname.startsWith('/sign-up');
  form.addEventListener('submit', (event) => {
    if (form.dataset.plain !== undefined) return;
    event.preventDefault();
    void submit(form, signUp ? '/api/v1/account' : '/api/v1/session');
  });
}

async function submit(form: HTMLFormElement, to: string): Promise<void> {
  const data = new FormData(form);
  const buttons = form.querySelectorAll<HTMLButtonElement>('button');
  buttons.forEach((button) => (button.disabled = true));
  show(form, '');
  let wrong = 'password';
  try {
    const response = await fetch(to, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: data.get('name') ?? '', password: data.get('password') ?? '' }),
    });
    const answer = (await response.json()) as Answer;
    if (answer.ok) {
      const next = (data.get('next') as string | null) ?? new URLSearchParams(location.search).get('next');
      location.assign(safeNext(next, location.origin));
      return;
    }
    if (answer.error?.code === 'second_factor_required') {
      // The server goes on to paths of its own alone.
      const next = encodeURIComponent((data.get('next') as string | null) ?? '/');
      location.assign(`/sign-in/second-factor?next=${next}`);
      return;
    }
    if (answer.error?.code.startsWith('name_')) wrong = 'name';
    show(form, answer.error?.message ?? 'That did not work. Try again.');
  } catch {
    // No answer, or none that this understands: the browser itself sends the form and shows what comes.
    form.dataset.plain = '';
    buttons.forEach((button) => (button.disabled = false));
    form.requestSubmit();
    return;
  }
  buttons.forEach((button) => (button.disabled = false));
  form.querySelector<HTMLInputElement>(`input[name="${wrong}"]`)?.select();
}

/** Shows a refusal, or another note, above the fields, where the server would have put it. */
function show(form: HTMLFormElement, sentence: string, error = true): void {
  let notice = form.querySelector<HTMLElement>('.notice') ?? form.parentElement?.querySelector<HTMLElement>('.notice.error');
  if (!notice) {
    notice = document.createElement('p');
    notice.setAttribute('role', 'alert');
    form.prepend(notice);
  }
  notice.className = error ? 'notice error' : 'notice';
  notice.textContent = sentence;
  notice.hidden = sentence === '';
}
