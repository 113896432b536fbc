// What signaling costs in Node.js: as little of a server as can answer and broadcast. Prints its URL when it listens.
//
// PORT in the environment; without, a free one.
import { createServer } from 'node:http'
import { Server } from 'socket.io'

const http = createServer()
const io = new Server(http, { serveClient: false, transports: ['websocket'] })

io.on('connection', (socket) => {
  socket.on('join', async ({ callId, userId }, acknowledge) => {
    await socket.join(callId)
    socket.to(callId).emit('peerJoined', { userId })
    acknowledge({ success: true, data: {} })
  })
  // Answered with what was sent, as something that is looked up in memory would be.
  socket.on('ask', (payload, acknowledge) => acknowledge({ success: true, data: payload }))
  socket.on('say', ({ callId, text }, acknowledge) => {
    socket.to(callId).emit('said', { text })
    acknowledge({ success: true, data: {} })
  })
  // Before memory is compared: what the collector has not come to yet is no need of a connection.
  socket.on('collect', (_, acknowledge) => {
    globalThis.gc?.()
    acknowledge({ success: globalThis.gc !== undefined, data: {} })
  })
})

http.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${http.address().port}`)
})
const stop = () => io.close(() => process.exit(0))
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
