/** Socket.IO with its Postgres adapter: hears the adapter's own NOTIFY, broadcasts to the room of the branch. */

const { createServer } = require("http");
const { Server } = require("socket.io");
const { createAdapter } = require("@socket.io/postgres-adapter");
const { Pool } = require("pg");

const pool = new Pool({ connectionString: process.env.PEER_DSN });
const http = createServer();
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false });
io.adapter(createAdapter(pool));
io.on("connection", (socket) => socket.join("branch"));
pool
  .query(
    "CREATE TABLE IF NOT EXISTS socket_io_attachments (id bigserial UNIQUE, created_at timestamptz DEFAULT now(), payload bytea)",
  )
  .then(() => http.listen(0, "127.0.0.1", () => console.log(http.address().port)));
