/** Node `ws` and `pg`: one LISTEN, a loop over the clients. */

const { WebSocketServer, WebSocket } = require("ws");
const { Client } = require("pg");

const listener = new Client({ connectionString: process.env.PEER_DSN });
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
listener.on("notification", ({ payload }) => {
  for (const client of server.clients) if (client.readyState === WebSocket.OPEN) client.send(payload);
});
server.on("listening", async () => {
  await listener.connect();
  await listener.query("LISTEN bench");
  console.log(server.address().port);
});
