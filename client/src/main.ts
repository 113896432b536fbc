/** The page: lobby, call, farewell, one at a time. */

import './styles/base.css';
import './styles/lobby.css';
import './styles/call.css';
import './styles/stage.css';
import './styles/tile.css';
import './styles/chat.css';
import './styles/order.css';
import { Call } from './call';
import { exposeCall } from './debug';
import { LocalMedia } from './media';
import { randomId } from './names';
import { readOptions, roomLink, withRoom, withoutToken } from './options';
import { LocalScreen } from './screen';
import type { Identity } from './session';
import { keepToken, keptToken, readClaims } from './token';
import { CallView } from './ui/call-view';
import { element } from './ui/dom';
import { Farewell } from './ui/farewell';
import { Lobby, type LobbyChoice, type LobbyProposal } from './ui/lobby';

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
const ownId = randomId();
let screen: Screen | undefined;

function show(next: Screen): void {
  screen?.close?.();
  screen = next;
  page.replaceChildren(next.root);
  next.focus();
}

function showLobby(proposal: LobbyProposal): void {
  document.title = 'colloquy';
  const { name, room } = readClaims(proposal.token);
  show(new Lobby(media, { ...proposal, ...(name && { name, nameIsGiven: true }), ...(room && { room }) }, startCall));
  media.onChange = () => screen?.update?.();
  void media.open();
}

function startCall({ name: chosen, room, token }: LobbyChoice): void {
  const { userId = ownId, name = chosen } = readClaims(token);
  localStorage.setItem(NAME_KEY, chosen);
  keepToken(token);
  history.replaceState(null, '', withRoom(location.href, room));
  document.title = `${room} · colloquy`;
  enterCall({ name, room, userId, token });
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

function endCall({ identity, notice, wayBack }: Call): void {
  media.onChange = () => undefined;
  media.close();
  exposeCall(undefined);
  if (wayBack === 'token') {
    keepToken(undefined);
    return showLobby({ name: identity.name, room: identity.room, tokenProblem: notice });
  }
  show(
    new Farewell(identity.room, { text: notice, way: wayBack }, {
      onRejoin: () => {
        enterCall(identity);
        void media.open();
      },
      onStart: () => showLobby({ name: identity.name, token: identity.token }),
    }),
  );
}

if (options.token) {
  keepToken(options.token);
  history.replaceState(null, '', withoutToken(location.href));
}
// An invitation that is pasted over the address of this very page does not load it by itself.
addEventListener('hashchange', () => readOptions(location.href).token && location.reload());
document.body.append(page);
showLobby({ name: localStorage.getItem(NAME_KEY) ?? '', token: keptToken(), ...(options.room && { room: options.room }) });
