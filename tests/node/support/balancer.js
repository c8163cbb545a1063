// A load balancer without sticky sessions: each request goes to the next server, by a new connection.
import { createServer, request } from "node:http";
import { once } from "node:events";
import { atEnd } from "./cleanup.js";

/** One in front of these servers, until the test `t` ends: `{url, spread}`, the latter being how many requests each server had. */
export async function startBalancer(t, servers) {
  const spread = servers.map(() => 0);
  let last = 0;
  /** The same request to a server, or to the one after it if that one is down. */
  const passOn = (incoming, server = (last = (last + 1) % servers.length), tries = servers.length) => {
    spread[server]++;
    const { hostname, port } = new URL(servers[server].url);
    const { method, url: path, headers } = incoming;
    const outgoing = request({ hostname, port, method, path, headers, agent: false });
    const again = () => (tries > 1 ? passOn(incoming, (server + 1) % servers.length, tries - 1) : undefined);
    return { outgoing, again };
  };

  const balancer = createServer((incoming, answer) => {
    const ask = ({ outgoing, again }) => {
      let sent = false;
      outgoing.on("socket", (socket) => socket.on("connect", () => {
        sent = true;
        incoming.pipe(outgoing);
      }));
      outgoing.on("response", (response) => {
        answer.writeHead(response.statusCode, response.headers);
        response.pipe(answer);
      });
      outgoing.on("error", () => {
        const other = sent ? undefined : again();
        if (other) ask(other);
        else answer.destroy();
      });
      answer.on("close", () => outgoing.destroy());
    };
    ask(passOn(incoming));
  });
  balancer.on("upgrade", (incoming, client, head) => {
    const { outgoing } = passOn(incoming);
    client.on("error", () => outgoing.destroy());
    client.on("close", () => outgoing.destroy());
    outgoing.on("error", () => client.destroy());
    outgoing.on("response", () => client.destroy());
    outgoing.on("upgrade", (response, server, rest) => {
      const lines = Object.entries(response.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`);
      client.write(rest);
      server.write(head);
      server.on("error", () => client.destroy());
      server.on("close", () => client.destroy());
      client.on("close", () => server.destroy());
      server.pipe(client).pipe(server);
    });
    outgoing.end();
  });
  balancer.listen(0, "127.0.0.1");
  await once(balancer, "listening");
  atEnd(t, () => {
    balancer.close();
    balancer.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${balancer.address().port}`, spread };
}
