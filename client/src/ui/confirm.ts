/** A question before something that cannot be undone. */

import { element } from './dom';

export interface Question {
  title: string;
  text: string;
  /** What the button that does it says. */
  action: string;
}

/** Whether the person wants it. Escape is no; the harmless answer has the focus first. */
export function confirm({ title, text, action }: Question): Promise<boolean> {
  const no = element('button', { type: 'button', class: 'secondary', autofocus: true }, 'Cancel');
  const yes = element('button', { type: 'button', class: 'danger' }, action);
  const dialog = element(
    'dialog',
    { class: 'card', 'aria-labelledby': 'question', 'aria-describedby': 'question-text' },
    element('h1', { id: 'question' }, title),
    element('p', { id: 'question-text', class: 'lead' }, text),
    element('div', { class: 'actions' }, no, yes),
  );
  return new Promise((resolve) => {
    let answer = false;
    no.addEventListener('click', () => dialog.close());
    yes.addEventListener('click', () => {
      answer = true;
      dialog.close();
    });
    // Also after Escape. The browser gives the focus back to where it was.
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
