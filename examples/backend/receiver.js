// Receives webhooks, verifies them, and prints one line for each event.
//
//   WEBHOOK_SECRET=whsec_… node receiver.js [port]
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET);
// An event may come more than once, always under the same id. A backend of several processes keeps these in its
// database, in the transaction that does what the event is about.
const known = new Set();

async function read(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > 1_000_000) throw new Error('too long');
    chunks.push(chunk);
  }
  // The signature is over the bytes as they came: verify first, parse then.
  return Buffer.concat(chunks).toString();
}

function describe({ type, data }) {
  const { call, participant, reason } = data;
  return [type, call.callId, participant?.userId, participant?.role, reason].filter(Boolean).join(' ');
}

createServer(async (request, response) => {
  try {
    const text = await read(request);
    // Throws unless the signature holds and the request is not older than five minutes.
    const body = webhook.verify(text, request.headers);
    const id = request.headers['webhook-id'];
    if (!known.has(id)) {
      known.add(id);
      const room = /^\/calls\/([^/]+)\/setWebRtcRoomId$/.exec(request.url);
      console.log(room ? `setWebRtcRoomId ${decodeURIComponent(room[1])} ${body.webrtcRoomId}` : describe(body));
    }
    // Anything but 2xx, and it comes again.
    response.writeHead(204).end();
  } catch (error) {
    console.log(`refused: ${error.message}`);
    response.writeHead(400).end();
  }
}).listen(Number(process.argv[2] ?? 3000), '127.0.0.1');
