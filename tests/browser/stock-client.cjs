/**
 * A client as the server's users have written them for years: socket.io-client and callbacks, nothing of this
 * project. It joins two people, lets one send and the other receive, and leaves; it cannot code media, so it makes
 * up the parameters that a browser would. Exits with 0 if every answer was as such clients expect it.
 *
 *     node stock-client.cjs http://127.0.0.1:4000 websocket|polling
 */

const assert = require('node:assert/strict');
const io = require('socket.io-client');

const [url, transport] = process.argv.slice(2);
const callId = 'test-call-123';

const fingerprint = (byte) => ({
  role: 'client',
  fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill(byte).join(':') }],
});

const opus = {
  mid: '0',
  codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48000, channels: 2, parameters: {}, rtcpFeedback: [] }],
  headerExtensions: [],
  encodings: [{ ssrc: 11111111 }],
  rtcp: { cname: 'stock', reducedSize: true },
};

function succeeded(response, step) {
  assert.equal(response.success, true, `${step}: ${JSON.stringify(response.error)}`);
  return response.data;
}

function connect() {
  const socket = io(url, { transports: [transport], forceNew: true });
  socket.on('connect_error', (error) => {
    console.error('Connection error:', error);
    process.exit(1);
  });
  return socket;
}

// Whatever does not come keeps the program from ending: this does.
setTimeout(() => {
  console.error('no answer for 20 seconds');
  process.exit(1);
}, 20_000);

const alice = connect();
const bob = connect();
const seenByAlice = [];
const seenByBob = [];
alice.on('peerJoined', ({ peerId, userId }) => seenByAlice.push(['peerJoined', typeof peerId, userId]));
alice.on('peerLeft', ({ peerId, userId }) => {
  seenByAlice.push(['peerLeft', typeof peerId, userId]);
  aliceLeaves();
});
bob.on('peerJoined', ({ userId }) => seenByBob.push(['peerJoined', userId]));
bob.on('newProducer', ({ producerId, peerId, userId, kind }) => {
  seenByBob.push(['newProducer', typeof peerId, userId, kind]);
  bobConsumes(producerId);
});

let bobsCapabilities;
let aliceProducer;

alice.on('connect', () => {
  alice.emit('createRoom', { callId }, (response) => {
    const { rtpCapabilities } = succeeded(response, 'createRoom');
    assert.ok(rtpCapabilities.codecs.some(({ mimeType }) => mimeType === 'audio/opus'));
    alice.emit('joinRoom', { callId, userId: 'alice', rtpCapabilities }, (joined) => {
      assert.deepEqual(succeeded(joined, 'joinRoom').peers, []);
      bobJoins();
    });
  });
});

function bobJoins() {
  bob.emit('createRoom', { callId }, (response) => {
    bobsCapabilities = succeeded(response, 'createRoom again').rtpCapabilities;
    bob.emit('joinRoom', { callId, userId: 'bob', rtpCapabilities: bobsCapabilities }, (joined) => {
      const { peers } = succeeded(joined, 'second joinRoom');
      assert.deepEqual(peers.map(({ userId }) => userId), ['alice']);
      aliceProduces();
    });
  });
}

function aliceProduces() {
  alice.emit('createTransport', { direction: 'send' }, (created) => {
    const transportOptions = succeeded(created, 'createTransport');
    for (const field of ['id', 'iceParameters', 'iceCandidates', 'dtlsParameters']) {
      assert.ok(transportOptions[field], `createTransport gives ${field}`);
    }
    const transportId = transportOptions.id;
    alice.emit('connectTransport', { transportId, dtlsParameters: fingerprint('AB') }, (connected) => {
      succeeded(connected, 'connectTransport');
      const track = { transportId, kind: 'audio', rtpParameters: opus, appData: { source: 'microphone' } };
      alice.emit('produce', track, (produced) => {
        aliceProducer = succeeded(produced, 'produce').producerId;
        assert.equal(typeof aliceProducer, 'string');
      });
    });
  });
}

function bobConsumes(producerId) {
  bob.emit('createTransport', { direction: 'recv' }, (created) => {
    const transportId = succeeded(created, 'createTransport').id;
    bob.emit('connectTransport', { transportId, dtlsParameters: fingerprint('CD') }, (connected) => {
      succeeded(connected, 'connectTransport');
      bob.emit('getProducers', { callId }, (listed) => {
        const { producers } = succeeded(listed, 'getProducers');
        assert.deepEqual(producers.map((producer) => producer.producerId), [producerId]);
        bob.emit('consume', { transportId, producerId, rtpCapabilities: bobsCapabilities }, (consumed) => {
          const consumer = succeeded(consumed, 'consume');
          assert.equal(consumer.producerId, producerId);
          assert.equal(consumer.kind, 'audio');
          assert.equal(consumer.rtpParameters.codecs[0].mimeType, 'audio/opus');
          bob.emit('resumeConsumer', { consumerId: consumer.id }, (resumed) => {
            succeeded(resumed, 'resumeConsumer');
            bob.emit('leaveRoom', (left) => succeeded(left, 'leaveRoom'));
          });
        });
      });
    });
  });
}

function aliceLeaves() {
  alice.emit('leaveRoom', (left) => {
    succeeded(left, 'leaveRoom');
    assert.equal(typeof aliceProducer, 'string');
    assert.deepEqual(seenByAlice, [['peerJoined', 'string', 'bob'], ['peerLeft', 'string', 'bob']]);
    assert.deepEqual(seenByBob, [['newProducer', 'string', 'alice', 'audio']]);
    console.log('every answer and event came as expected');
    process.exit(0);
  });
}
