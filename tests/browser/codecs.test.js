/** What rooms carry: coded by one browser, decoded by another, and as the configuration wants it. */

import assert from 'node:assert/strict';
import { pathsOf, statsOf } from './support/connections.js';
import { hearInstead, loudness } from './support/microphone.js';
import { scenario } from './support/scenario.js';
import { waitFor } from './support/wait.js';

const room = 'a-test-call';

/** Milliseconds. */
const DEADLINE = 30_000;

/** One who sends, and one who only looks and listens. */
async function call(server, startBrowser, prepare) {
  const browser = await startBrowser();
  const ada = await browser.join(server, { name: 'Ada', room, ...prepare });
  const ben = await browser.open(server, { name: 'Ben', room });
  await ben.press('Mute microphone');
  await ben.press('Turn camera off');
  await ben.join();
  return [ada, ben];
}

async function codecsReceived(caller) {
  const { received } = await caller.stats();
  return Object.fromEntries(received.map(({ kind, codec }) => [kind, codec]));
}

for (const [video, configured] of [
  ['VP8', 'vp8'],
  ['VP9', 'vp9'],
  ['H264', 'h264'],
  ['AV1', 'av1'],
  // Of several the first that the browser has: it codes no H.264 high without hardware.
  ['H264', 'h264-high,h264,vp8'],
]) {
  const act = async ({ server, startBrowser }) => {
    const [ada, ben] = await call(server, startBrowser);
    await ben.seesAndHears(ada);
    assert.deepEqual(await codecsReceived(ben), { audio: 'audio/opus', video: `video/${video}` });
    const paths = (await Promise.all([pathsOf(ada), pathsOf(ben)])).flat();
    const profiles = paths.map(({ transport }) => transport.srtpCipher);
    assert.ok(profiles.length > 1 && profiles.every((profile) => profile.startsWith('SRTP_AEAD_AES_')), `${profiles}`);
    for (const caller of [ada, ben]) caller.expectNoErrors();
  };
  const name = `with codecs.video = ${configured}, ${video} and Opus are coded and decoded`;
  scenario(name, act, { COLLOQUY_CODECS__VIDEO: configured });
}

/** Packets of audio a second that a page sends, over five seconds. */
async function packetsPerSecond(caller) {
  const sent = async () => (await statsOf(caller, 'outbound-rtp')).find(({ kind, active }) => kind === 'audio' && active);
  // What is sent at first is not yet the rule.
  const first = await waitFor('audio to be sent', DEADLINE, async () => {
    const stats = await sent();
    return stats?.packetsSent > 20 && stats;
  });
  return waitFor('five seconds of audio', DEADLINE, async () => {
    const { timestamp, packetsSent } = await sent();
    const seconds = (timestamp - first.timestamp) / 1000;
    return seconds >= 5 && { rate: (packetsSent - first.packetsSent) / seconds };
  });
}

for (const on of [true, false]) {
  const act = async ({ server, startBrowser }) => {
    const [ada] = await call(server, startBrowser, { prepare: hearInstead, prepareWith: { left: 0, right: 0 } });
    const { rate } = await packetsPerSecond(ada);
    assert.ok(on ? rate < 10 : rate > 40, `${rate} packets a second`);
    const outbound = (await statsOf(ada, 'outbound-rtp')).find(({ kind }) => kind === 'audio');
    const codec = (await statsOf(ada, 'codec')).find(({ id }) => id === outbound.codecId);
    // Absent if the sender was asked for nothing at all.
    const asked = codec.sdpFmtpLine ?? '';
    assert.equal(asked.includes('useinbandfec=1'), on, asked);
  };
  const name = on ? 'in silence Opus sends nearly nothing, and it protects against loss' : 'Opus does neither if it shall not';
  scenario(name, act, { COLLOQUY_CODECS__OPUS_DTX: String(on), COLLOQUY_CODECS__OPUS_FEC: String(on) });
}

for (const stereo of [true, false]) {
  const act = async ({ server, startBrowser }) => {
    const [ada, ben] = await call(server, startBrowser, { prepare: hearInstead, prepareWith: { left: 0.5, right: 0 } });
    await ben.hears(ada);
    const [left, right] = await loudness(ben);
    const channels = `left ${left}, right ${right}`;
    assert.ok(left > 0.1, channels);
    assert.ok(stereo ? right < left / 10 : right > left / 2, channels);
  };
  const name = stereo ? 'two channels stay two' : 'two channels become one';
  scenario(`${name}, with opus_stereo = ${stereo}`, act, { COLLOQUY_CODECS__OPUS_STEREO: String(stereo) });
}
