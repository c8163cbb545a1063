// A chat as the tutorials build it: a message is put into a Redis list, then published, then acknowledged; every server
// that is subscribed sends it to the room's sockets. Redis keeps each command on disk (appendfsync always).
//
//   node server.js PORT REDIS_PORT
import { createServer } from 'node:http';
import express from 'express';
import { createClient } from 'redis';
import { Server } from 'socket.io';

const [port, redisPort] = process.argv.slice(2).map(Number);
const redis = createClient({ url: `redis://127.0.0.1:${redisPort}` });
const subscriber = redis.duplicate();
await Promise.all([redis.connect(), subscriber.connect()]);

const app = express();
app.get('/', (request, response) => response.send('chat'));
const http = createServer(app);
const io = new Server(http);

await subscriber.pSubscribe('chat:*', (line, channel) => {
  io.to(channel.slice('chat:'.length)).emit('chat message', JSON.parse(line));
});

io.on('connection', (socket) => {
  const { username } = socket.handshake.auth;
  socket.on('join', (room, joined) => {
    socket.join(room);
    joined({ ok: true });
  });
  socket.on('chat message', async ({ room, text }, acknowledge) => {
    const line = JSON.stringify({ username, text, at: Date.now() });
    await redis.rPush(`chat:${room}`, line);
    await redis.publish(`chat:${room}`, line);
    acknowledge({ ok: true });
  });
});

http.listen(port, '127.0.0.1', () => console.log('ready'));
