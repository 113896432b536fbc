/** A button that copies the way into the room. */

import { element, icon } from './dom';

/** Milliseconds for which the button says that it worked. */
const CONFIRMATION = 2_000;

export function copyLinkButton(link: string, className: string): HTMLButtonElement {
  const label = element('span', {}, 'Copy link');
  const picture = element('span', { class: 'icon-place' }, icon('link'));
  const button = element('button', { type: 'button', class: className, title: `Copy ${link}` }, picture, label);
  let timer: ReturnType<typeof setTimeout> | undefined;

  button.addEventListener('click', () => {
    void copy(link).then((copied) => {
      label.textContent = copied ? 'Copied' : 'Copy the address bar';
      picture.replaceChildren(icon(copied ? 'check' : 'link'));
      clearTimeout(timer);
      timer = setTimeout(() => {
        label.textContent = 'Copy link';
        picture.replaceChildren(icon('link'));
      }, CONFIRMATION);
    });
  });
  return button;
}

async function copy(text: string): Promise<boolean> {
  try {
    // Absent on pages opened over plain http from another machine.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
