// The console with a data directory of its own, and directors' agents, as an operator would start them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Program, run } from './program.js';

const root = path.resolve(import.meta.dirname, '../..');
const programs = {
  console: process.env.ARAPAIMA_BIN ?? path.join(root, 'target/debug/arapaima'),
  agent: process.env.ARAPAIMA_AGENT_BIN ?? path.join(root, 'target/debug/arapaima-agent'),
  site: process.env.ARAPAIMA_SITE ?? path.join(root, 'target/site'),
};

export class Console {
  /** The account that every console has. */
  static user = { name: 'admin', password: 'Correct horse 7 battery' };

  #program;
  #agents = [];
  #ports = { pages: 0, fleet: 0 };

  /** Cookies of browsers that are logged in, by the person's name; see visit.js. */
  sessions = {};

  /** A console that serves, with one account and nothing else. */
  static async start() {
    const made = await Console.#make();
    await made.person(Console.user);
    await made.serve();
    return made;
  }

  /** A console that nobody can log in to yet. */
  static async first() {
    const made = await Console.#make();
    await made.serve();
    return made;
  }

  static async #make() {
    const made = new Console();
    made.directory = await mkdtemp(path.join(tmpdir(), 'arapaima-e2e-'));
    return made;
  }

  /** An account, an administrator's unless a role is given. */
  person({ name, password }, role = 'administrator') {
    return this.command(['user', 'add', name, '--role', role, '--password-stdin'], `${password}\n`);
  }

  /** The code that the console printed for its first run. */
  get setupCode() {
    return /with this code:\s+(\S+)/.exec(this.log)?.[1];
  }

  /** Starts the server; again at the same addresses if it ran before. */
  async serve() {
    const { pages, fleet } = this.#ports;
    const listen = ['--listen', `127.0.0.1:${pages}`, '--fleet', `127.0.0.1:${fleet}`];
    this.#program = new Program('arapaima', programs.console, ['serve', '--data', this.data, '--site', programs.site, ...listen]);
    this.url = await this.#program.line('listening ');
    this.fleet = await this.#program.line('fleet ');
    this.#ports = { pages: new URL(this.url).port, fleet: this.fleet.split(':').pop() };
  }

  /** Ends the server; agents and data stay. */
  async stop() {
    await this.#program.end();
  }

  get data() {
    return path.join(this.directory, 'console');
  }

  /** The server's own words, for a failure's message. */
  get log() {
    return this.#program?.log ?? '';
  }

  /** Runs one of the console's commands on this data directory. */
  command(args, input) {
    return run(programs.console, [...args, '--data', this.data], input);
  }

  /** Makes a cluster of an lvs.cf; gives back its number. */
  importCluster(name, text) {
    return this.#import('lvscf', name, text);
  }

  /** Makes a cluster of a table as ipvsadm saves it; gives back its number. */
  importTable(name, text) {
    return this.#import('ipvsadm', name, text);
  }

  async #import(format, name, text) {
    const file = path.join(this.directory, `${name}.${format}`);
    await writeFile(file, text);
    const answer = await this.command([format, 'import', file, '--name', name]);
    return Number(/^cluster (\d+) /m.exec(answer)[1]);
  }

  /** Applies a cluster's draft and starts it. */
  async apply(cluster, message = 'As tested') {
    await this.command(['apply', '--cluster', String(cluster), '--message', message, '--start']);
  }

  /** A director with its agent, which is enrolled and running. */
  async director(name, cluster, plane = 'user') {
    const token = (await this.command(['director', 'add', name, '--cluster', String(cluster)])).trim();
    return this.agent(name, token, plane);
  }

  /** An agent that enrols with `token`. */
  async agent(name, token, plane = 'user') {
    const agent = new Agent(name, path.join(this.directory, `agent-${name}-${this.#agents.length}`), this.fleet, plane);
    this.#agents.push(agent);
    await agent.start(token);
    return agent;
  }

  /** Ends everything that belongs to this console and removes its data. */
  async close() {
    await Promise.all(this.#agents.map((agent) => agent.stop()));
    await this.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

class Agent {
  #program;

  constructor(name, state, fleet, plane) {
    Object.assign(this, { name, state, fleet, plane });
  }

  /** Starts it, the first time with a token. */
  async start(token) {
    const once = token ? ['--token', token] : [];
    const args = ['run', '--state', this.state, '--console', this.fleet, '--data-plane', this.plane, '--drain', '0', ...once];
    this.#program = new Program(this.name, programs.agent, args);
    await this.#program.line('ready');
  }

  /** Ends it: its traffic ends with it where it runs in user space. */
  async stop() {
    await this.#program?.end();
  }

  get log() {
    return this.#program?.log ?? '';
  }
}
