// One server of several, as socket.io's documentation builds a chat: the Redis adapter takes what is said in a room to the
// other servers. A message is put into a Redis list, then sent to the room, then acknowledged. Redis keeps each command on disk
// (appendfsync always).
//
//   node server.js PORT REDIS_PORT
import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';

const [port, redisPort] = process.argv.slice(2).map(Number);
const redis = createClient({ url: `redis://127.0.0.1:${redisPort}` });
const subscriber = redis.duplicate();
await Promise.all([redis.connect(), subscriber.connect()]);

const http = createServer();
const io = new Server(http, { adapter: createAdapter(redis, subscriber) });

io.on('connection', (socket) => {
  const { username } = socket.handshake.auth;
  socket.on('join', async (room, joined) => {
    await socket.join(room);
    joined({ ok: true });
  });
  socket.on('chat message', async ({ room, text }, acknowledge) => {
    const message = { username, text, at: Date.now() };
    await redis.rPush(`chat:${room}`, JSON.stringify(message));
    io.to(room).emit('chat message', message);
    acknowledge({ ok: true });
  });
});

http.listen(port, '127.0.0.1', () => console.log('ready'));
