/** The page: lobby, call, farewell, one at a time. */

import './styles/base.css';
import './styles/lobby.css';
import './styles/call.css';
import './styles/stage.css';
import './styles/tile.css';
import './styles/chat.css';
import { Call } from './call';
import { exposeCall } from './debug';
import { LocalMedia } from './media';
import { randomId } from './names';
import { readOptions, roomLink, withRoom } from './options';
import { LocalScreen } from './screen';
import type { Identity } from './session';
import { CallView } from './ui/call-view';
import { element } from './ui/dom';
import { Farewell } from './ui/farewell';
import { Lobby, type LobbyChoice } from './ui/lobby';

interface Screen {
  readonly root: HTMLElement;
  update?(): void;
  focus(): void;
  close?(): void;
}

const NAME_KEY = 'colloquy.name';

const options = readOptions(location.href);
const media = new LocalMedia(options.video);
const page = element('div', { class: 'page' });
// One for as long as the page is open: a rejoin is the same person.
const userId = randomId();
let screen: Screen | undefined;

function show(next: Screen): void {
  screen?.close?.();
  screen = next;
  page.replaceChildren(next.root);
  next.focus();
}

function showLobby(proposal: Partial<LobbyChoice>): void {
  document.title = 'colloquy';
  show(new Lobby(media, proposal, startCall));
  media.onChange = () => screen?.update?.();
  void media.open();
}

function startCall({ name, room }: LobbyChoice): void {
  localStorage.setItem(NAME_KEY, name);
  history.replaceState(null, '', withRoom(location.href, room));
  document.title = `${room} · colloquy`;
  enterCall({ name, room, userId });
}

function enterCall(identity: Identity): void {
  let view: CallView | undefined;
  const own = { media, screen: new LocalScreen() };
  const call = new Call(identity, own, options, () => {
    if (call.phase !== 'ended') return view?.update();
    own.screen.close();
    endCall(call);
  });
  exposeCall(call);
  view = new CallView(call, own, roomLink(location.href, identity.room));
  const shown = view;
  show({ root: shown.root, focus: () => shown.focus(), close: () => shown.close() });
  media.onChange = own.screen.onChange = () => {
    shown.update();
    void call.publish();
  };
  // A page that is closed or reloaded says goodbye, so that nobody looks at a frozen picture.
  addEventListener('pagehide', () => call.leave(), { once: true });
}

function endCall({ identity, notice }: Call): void {
  media.onChange = () => undefined;
  media.close();
  exposeCall(undefined);
  show(
    new Farewell(identity.room, notice, {
      onRejoin: () => {
        enterCall(identity);
        void media.open();
      },
      onStart: () => showLobby({ name: identity.name }),
    }),
  );
}

document.body.append(page);
showLobby({ name: localStorage.getItem(NAME_KEY) ?? '', ...(options.room && { room: options.room }) });
