// A server of its own for each file of tests, and the API as another client has it.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";

/** Tests ask faster than people. */
const CONFIG = `
[rate]
burst = 1_000_000
per_second = 1_000_000
[attempts]
successes = true
`;

/** Who may use the listener for CouchDB's clients. */
export const KAZOO = { username: "kazoo", password: "some-password" };

export class Server {
  /**
   * Starts one with a new database, as a developer does. It ends with the tests of the file. With `couchdb`, it has a listener for
   * CouchDB's clients, too.
   */
  static async start(config = "", { couchdb = false } = {}) {
    const folder = await mkdtemp(join(tmpdir(), "switchhook-console-"));
    const password = join(folder, "password");
    await writeFile(password, KAZOO.password);
    const listener = `[couchdb]\nlisten = "127.0.0.1:0"\n[couchdb.users.${KAZOO.username}]\npassword_file = "${password}"\n`;
    await writeFile(join(folder, "config.toml"), CONFIG + config + (couchdb ? listener : ""));
    const serve = [
      "serve",
      "--dev",
      "--listen",
      "127.0.0.1:0",
      "--database",
      join(folder, "db"),
      "--config",
      join(folder, "config.toml"),
    ];
    const child = spawn(process.env.SWITCHHOOK, serve, {
      // Node is of no use to it.
      env: { ...process.env, PATH: "/nowhere", RUST_LOG: "warn" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.on("exit", resolve));
    after(async () => {
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    });
    const server = new Server();
    for await (const line of createInterface({ input: child.stdout })) {
      server.url ??= /^listening on (.*)/.exec(line)?.[1];
      server.metrics ??= /^metrics on (.*)/.exec(line)?.[1];
      server.couchdb ??= /^couchdb on (.*)/.exec(line)?.[1];
      server.link ??= /^(http\S+#token=\S+)/.exec(line)?.[1];
      const [, account, token] = /accounts\/(\w+)\/functions\/test.*X-Auth-Token: (\w+)/.exec(line) ?? [];
      if (account) {
        Object.assign(server, { account, token });
        break;
      }
    }
    child.stdout.resume();
    return server;
  }

  /** Asks as the master account, or with the token of somebody else. */
  async ask(method, path, data, { token = this.token, headers = {} } = {}) {
    const reply = await fetch(this.url + path, {
      method,
      headers: { "x-auth-token": token, "content-type": "application/json", ...headers },
      body: data === undefined ? undefined : JSON.stringify({ data }),
    });
    const text = await reply.text();
    const body = text ? JSON.parse(text) : {};
    return { ...body, status: reply.status };
  }

  async created(function_js, fields = {}, account = this.account) {
    const reply = await this.ask("PUT", `/v2/accounts/${account}/functions`, { name: "test", function_js, ...fields });
    if (reply.status !== 201) throw new Error(JSON.stringify(reply));
    return reply.data.id;
  }

  path(id, rest = "") {
    return `/v2/accounts/${this.account}/functions/${id}${rest}`;
  }

  async urls(id) {
    return (await this.ask("GET", this.path(id, "/key"))).data.urls;
  }
}
