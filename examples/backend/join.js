// Joins a call with a token, and prints what happens there until the call ends or it is taken out.
//
//   node join.js <server> <callId> <token>
import { io } from 'socket.io-client';

const [server, callId, token] = process.argv.slice(2);
const socket = io(server, { auth: { token }, transports: ['websocket'] });

async function request(event, payload) {
  const { success, data, error } = await socket.timeout(10_000).emitWithAck(event, payload);
  if (!success) throw new Error(`${event}: ${error.code} ${error.message}`);
  return data;
}

socket.on('connect_error', (error) => {
  console.log(`refused: ${error.message}`);
  process.exit(1);
});
socket.on('peerJoined', ({ userId, role }) => console.log(`peerJoined ${userId} ${role}`));
socket.on('peerLeft', ({ userId, reason }) => console.log(`peerLeft ${userId} ${reason}`));
socket.on('muted', ({ kind }) => console.log(`muted ${kind}`));
for (const event of ['kicked', 'roomClosed']) {
  socket.on(event, ({ reason }) => {
    console.log(`${event} ${reason}`);
    socket.close();
    process.exit(0);
  });
}

socket.once('connect', async () => {
  try {
    const { rtpCapabilities } = await request('createRoom', { callId });
    // A browser gives these to mediasoup-client's Device, and what the Device can receive to joinRoom.
    // Who joins is whom the token names: what is said here counts only where no token is needed.
    const { peerId, role } = await request('joinRoom', { callId, userId: 'whoever', rtpCapabilities });
    console.log(`joined ${peerId} as ${role}`);
  } catch (error) {
    console.log(error.message);
    process.exit(1);
  }
});
