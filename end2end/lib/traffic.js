// Real servers and their clients, on loopback addresses and free ports.

import http from 'node:http';
import net from 'node:net';

import { within } from './wait.js';

/** A real server: answers every request with its name. */
export class RealServer {
  #server;

  constructor(name, host, port) {
    Object.assign(this, { name, host, port, answered: 0 });
  }

  static async start(name, host, port = 0) {
    const made = new RealServer(name, host, port);
    await made.start();
    return made;
  }

  /** Begins to listen; again at the same port after it was stopped. */
  async start() {
    this.#server = http.createServer((_, response) => {
      this.answered += 1;
      response.end(this.name);
    });
    // Connections that a test holds open stay open until it ends them.
    this.#server.keepAliveTimeout = 0;
    // A test that fails before it stops its real servers ends nevertheless.
    this.#server.unref();
    await new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.port, this.host, resolve);
    });
    this.port = this.#server.address().port;
  }

  /** Dies: connections are cut, new ones refused. */
  async stop() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    // Also those that arrive with the last breath: with endless keep-alive one of them would keep it from ending.
    this.#server.on('connection', (socket) => socket.destroy());
    this.#server.closeAllConnections();
    await within(10_000, `${this.name} stops`, closed);
  }
}

/** A port that is free on an address. */
export async function freePort(host) {
  const probe = net.createServer();
  await new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, host, resolve);
  });
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** One request on a connection of its own; gives back who answered, or undefined where nobody did. */
export function ask({ host, port }) {
  return new Promise((resolve) => {
    const request = http.get({ host, port, agent: false, timeout: 2_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.on('end', () => resolve(text));
      response.on('error', () => resolve(undefined));
    });
    request.on('error', () => resolve(undefined));
    request.on('timeout', () => request.destroy());
  });
}

/** Who answers `count` requests, one after the other: a number for each name. */
export async function answers(address, count) {
  const seen = {};
  for (let n = 0; n < count; n += 1) {
    const name = (await ask(address)) ?? 'nobody';
    seen[name] = (seen[name] ?? 0) + 1;
  }
  return seen;
}

/** `count` connections that stay open, each with one request answered; `names` says by whom, a number for each. */
export async function hold({ host, port }, count) {
  const sockets = [];
  const names = {};
  const end = () => sockets.forEach((socket) => socket.destroy());
  for (let n = 0; n < count; n += 1) {
    const socket = net.connect(port, host);
    sockets.push(socket);
    const answered = new Promise((resolve, reject) => {
      let text = '';
      socket.once('error', reject);
      socket.setTimeout(10_000, () => reject(new Error(`${host}:${port} did not answer: "${text}"`)));
      socket.once('close', () => reject(new Error(`${host}:${port} closed a connection after "${text}"`)));
      socket.setEncoding('utf8').on('data', (part) => {
        text += part;
        // A real server's answer is one short chunk of this length.
        const [, length, body] = /^content-length: (\d+)\r\n(?:.*?\r\n)?\r\n(.*)/ims.exec(text) ?? [];
        if (length && body.length >= Number(length)) resolve(body);
      });
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    });
    // Those that were answered must not stay behind where another one is not.
    const name = await answered.catch((error) => {
      end();
      throw error;
    });
    socket.setTimeout(0);
    names[name] = (names[name] ?? 0) + 1;
    // Cut later, by a real server that dies or a cluster that stops: no failure of the test.
    socket.on('error', () => {});
  }
  return { names, end };
}

/** Who answers connections that stay open side by side: schedulers that count connections spread these, and only these. */
export async function spread(address, count) {
  const held = await hold(address, count);
  held.end();
  return held.names;
}

/** Asks again and again, some requests at a time, until it is told to stop. */
export function stream(address, atOnce = 2) {
  let going = true;
  const client = async () => {
    while (going) {
      await ask(address);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const clients = Promise.all(Array.from({ length: atOnce }, client));
  return {
    async end() {
      going = false;
      await clients;
    },
  };
}
