// The broadcast job on Node's socket.io: the same as crates/socketio/examples/broadcast.rs.
//
//   node server.js PORT
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const port = Number(process.argv[2]);
const http = createServer();
const io = new Server(http);

io.on('connection', (socket) => {
  const { username, room = 'room' } = socket.handshake.auth;
  socket.join(room);
  socket.on('chat message', (message) => io.to(room).emit('chat message', { username, message }));
  socket.on('echo', (said, acknowledge) => acknowledge(said));
});

http.listen(port, '127.0.0.1', () => console.log('ready'));
