/** The call: everybody's tiles, the bar with the room's name, the chat, the controls, and a line on what is going on. */

import type { Call } from '../call';
import type { LocalMedia } from '../media';
import type { Participant } from '../participant';
import type { LocalScreen } from '../screen';
import type { Source } from '../sources';
import { CallControls } from './call-controls';
import { ChatPanel } from './chat-panel';
import { copyLinkButton } from './copy-link';
import { element, icon } from './dom';
import { Invitation } from './invitation';
import { PeopleMenu } from './people-menu';
import { Problems } from './problems';
import { RoomControls } from './room-controls';
import { SharePreview } from './share-preview';
import { Stage, type StageTile } from './stage';
import { Statistics } from './statistics';

/** The part of a call that is shown and asked. */
export type ShownCall = Pick<
  Call,
  'phase' | 'notice' | 'identity' | 'participants' | 'speaking' | 'quality' | 'chat' | 'order' | 'look' | 'stats' | 'leave'
>;

const OWN_TILE = 'own';

export class CallView {
  readonly root: HTMLElement;
  readonly #call: ShownCall;
  readonly #media: LocalMedia;
  readonly #controls: CallControls;
  readonly #stage: Stage;
  readonly #chat: ChatPanel;
  readonly #statistics: Statistics;
  readonly #preview: SharePreview;
  readonly #problems: Problems;
  readonly #people: PeopleMenu;
  readonly #room: RoomControls;
  readonly #invitation: Invitation;
  readonly #status: HTMLElement;
  readonly #count: HTMLElement;
  readonly #soundButton: HTMLButtonElement;
  readonly #ownStream = new MediaStream();

  constructor(call: ShownCall, { media, screen }: { media: LocalMedia; screen: LocalScreen }, link: string) {
    this.#call = call;
    this.#media = media;
    this.#status = element('p', { class: 'notice', role: 'status' });
    this.#count = element('span', { class: 'count' });
    this.#soundButton = element('button', { type: 'button', class: 'notice sound', hidden: true }, icon('sound'), 'Turn on sound');
    this.#soundButton.addEventListener('click', () => {
      this.#soundButton.hidden = true;
      this.#stage.playAll();
    });
    this.#stage = new Stage(invitation(link), {
      onBlocked: () => (this.#soundButton.hidden = false),
      onView: (id, view) => {
        const [peerId = '', screenOf] = id.split(' ');
        call.look(peerId, screenOf ? 'screen' : 'camera', view);
      },
      onActions: (id, opener) => {
        const person = call.participants.find(({ peerId }) => peerId === id);
        if (person) this.#people.toggle(person, opener);
      },
    });
    this.#chat = new ChatPanel(call.chat, () => this.#chatToggled());
    call.chat.onChange = () => {
      this.#chat.update();
      this.#updateControls();
    };
    this.#statistics = new Statistics(call, this.#stage);
    this.#preview = new SharePreview(screen);
    const { order } = call;
    this.#people = new PeopleMenu(order);
    this.#room = new RoomControls(order);
    this.#invitation = new Invitation(media, order);
    const restrictions = {
      mayPublish: (source: Source) => order.mayPublish(source),
      reason: (source: Source) => order.muting.reason(source),
      onBlocked: (reason: string) => this.#problems.tell(reason),
    };
    this.#controls = new CallControls({ media, screen }, restrictions, {
      onChat: () => this.#chat.toggle(),
      onStatistics: () => {
        this.#statistics.toggle();
        this.#updateControls();
      },
      onLeave: () => call.leave(),
    });
    this.#problems = new Problems([media, screen], () => this.#showStatus());
    order.onNews = (text) => this.#problems.tell(text);
    const { room } = call.identity;
    this.root = element(
      'div',
      { class: 'call' },
      element(
        'header',
        { class: 'bar' },
        element('h1', { class: 'room', title: room }, room),
        this.#count,
        ...this.#room.elements,
        copyLinkButton(link, 'quiet'),
      ),
      this.#stage.root,
      this.#preview.root,
      this.#chat.root,
      element('div', { class: 'notices' }, this.#status, this.#invitation.root, this.#soundButton),
      this.#controls.root,
      this.#people.root,
    );
    this.update();
  }

  update(): void {
    const { participants, phase } = this.#call;
    this.#updateControls();
    this.#preview.update();
    this.#problems.watch();
    this.#updateOwnStream();
    this.#stage.update([this.#ownTile(), ...participants.flatMap((person) => this.#tilesOf(person))]);
    this.#people.update(participants);
    this.#room.update();
    this.#invitation.update();
    this.#chat.writable = this.#call.order.standing.may('sendMessage');
    const count = participants.length + 1;
    this.#count.replaceChildren(icon('people'), String(count));
    this.#count.setAttribute('aria-label', count === 1 ? '1 person' : `${count} people`);
    this.root.dataset['phase'] = phase;
    this.#showStatus();
  }

  focus(): void {
    this.#controls.focus();
  }

  close(): void {
    this.#call.chat.onChange = this.#call.order.onNews = () => undefined;
    this.#problems.close();
    this.#statistics.close();
    this.#controls.close();
    this.#preview.close();
    this.#stage.close();
  }

  #ownTile(): StageTile {
    const { identity, speaking, quality, order } = this.#call;
    const { microphoneOn, cameraOn } = this.#media;
    return {
      id: OWN_TILE,
      own: true,
      kind: 'person',
      name: identity.name,
      colourOf: identity.name,
      stream: this.#ownStream,
      microphoneOn,
      cameraOn,
      speaking: speaking && microphoneOn,
      reconnecting: false,
      quality,
      role: order.standing.role,
      actions: false,
    };
  }

  #tilesOf(person: Participant): StageTile[] {
    const tile: StageTile = { ...person, id: person.peerId, own: false, kind: 'person', colourOf: person.name, actions: this.#people.isFor(person) };
    if (!person.screenOn) return [tile];
    const screen = { kind: 'screen', stream: person.screen, cameraOn: true, speaking: false, actions: false } as const;
    return [tile, { ...tile, ...screen, id: `${person.peerId} screen` }];
  }

  #updateControls(): void {
    this.#controls.update({ chat: this.#chat.isOpen, unread: this.#chat.unread, statistics: this.#statistics.isOpen });
  }

  #chatToggled(): void {
    this.root.classList.toggle('chatting', this.#chat.isOpen);
    this.#updateControls();
    if (!this.#chat.isOpen) this.#controls.focusChat();
  }

  #updateOwnStream(): void {
    const { camera } = this.#media;
    for (const track of this.#ownStream.getTracks()) if (track !== camera) this.#ownStream.removeTrack(track);
    if (camera) this.#ownStream.addTrack(camera); // does nothing if it is there already
  }

  #showStatus(): void {
    const { notice, phase } = this.#call;
    const text = notice ?? (phase === 'connecting' ? 'Connecting…' : this.#problems.text);
    // Screen readers read every change, so only real ones are made.
    if (this.#status.textContent !== text) this.#status.textContent = text;
    this.#status.hidden = !text;
  }
}

function invitation(link: string): HTMLElement {
  return element(
    'div',
    { class: 'invitation-text' },
    element('h2', {}, 'You’re the only one here'),
    element('p', {}, 'Send this link to the people you want to talk to.'),
    element('p', { class: 'link' }, link),
    copyLinkButton(link, 'primary'),
  );
}
