/**
 * How long who comes into a call waits for a picture: from the request `resumeConsumer` to the first frame on the
 * screen, while the publisher sends already, and after it had stopped because nobody was there.
 *
 *     node measure.js [JOINS]
 */

import { Browser } from '../support/browser.js';
import { sendsNothing } from '../support/layers.js';
import { Server } from '../support/server.js';

const JOINS = Number(process.argv[2] ?? 50);
const room = 'first-picture';

/** Runs in the page ahead of its own code: notes when it asked for the picture, whatever carries the request. */
function noteRequest() {
  const note = (body) => {
    if (typeof body === 'string' && body.includes('"resumeConsumer"')) window.requestedAt ??= performance.now();
  };
  for (const transport of [WebSocket, XMLHttpRequest]) {
    const { send } = transport.prototype;
    transport.prototype.send = function (body) {
      note(body);
      return send.call(this, body);
    };
  }
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('refused', 'NotAllowedError'));
}

/** Runs in the page: joins anew, and gives milliseconds. */
async function rejoin() {
  window.requestedAt = undefined;
  [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Rejoin').click();
  return new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      const video = document.querySelector('.tile.person:not(.own) video');
      if (!video) return;
      observer.disconnect();
      video.requestVideoFrameCallback((now) => resolve(now - window.requestedAt));
    });
    observer.observe(document.body, { subtree: true, childList: true });
  });
}

/** Runs in the page ahead of its own code: there is a camera and no microphone, so that there is one request only. */
function withoutMicrophone() {
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (constraints) =>
    constraints.audio ? Promise.reject(new DOMException('none', 'NotFoundError')) : original(constraints);
}

for (const [what, release] of [['publisher sends already', '600000'], ['publisher had stopped', '0']]) {
  const server = await Server.start({ COLLOQUY_ROOMS__LAYERS_RELEASE_MS: release });
  const [publishers, viewers] = [await Browser.start(), await Browser.start()];
  try {
    const ada = await publishers.join(server, { name: 'Ada', room, prepare: withoutMicrophone });
    const ben = await viewers.join(server, { name: 'Ben', room, prepare: noteRequest });
    await ben.sees(ada);
    const times = [];
    for (let join = 0; join < JOINS; join++) {
      process.stderr.write(`\r${what}: ${join + 1} of ${JOINS}`);
      await ben.press('Leave the call');
      await ada.shows();
      if (release === '0') await sendsNothing(ada);
      times.push(await ben.page.evaluate(rejoin));
    }
    process.stderr.write('\n');
    times.sort((one, other) => one - other);
    const at = (share) => `${times[Math.min(JOINS - 1, Math.floor(JOINS * share))].toFixed(0)} ms`;
    console.log(`${what}: median ${at(0.5)}, nine of ten below ${at(0.9)}, ${at(0)} to ${at(1)}`);
  } finally {
    await Promise.all([publishers.close(), viewers.close()]);
    await server.stop();
  }
}
