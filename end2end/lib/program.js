// A program under test: started, awaited by the lines that it prints, ended by its own process id.

import { spawn } from 'node:child_process';

/** How long a program may take to say that it is ready, and to end, in milliseconds: debug builds on a busy machine. */
const PATIENCE = 30_000;
/** How much of a program's log is kept for a failure's message, in characters. */
const LOG = 20_000;

const running = new Set();

// Whatever happens to the test itself, nothing that it started stays behind.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** What a program sees of the tests' environment: none of the settings that it would obey. */
function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('ARAPAIMA_') && name !== 'RUST_LOG');
  return Object.fromEntries(kept);
}

export class Program {
  #child;
  #lines = [];
  #waiting = [];
  #ended;

  /** What it wrote to standard error, the last part. */
  log = '';

  constructor(name, file, args) {
    this.name = name;
    this.#child = spawn(file, args, { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.#child);
    let rest = '';
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      this.#lines.push(...lines);
      this.#waiting.forEach((look) => look());
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.log = (this.log + text).slice(-LOG)));
    this.#ended = new Promise((resolve) => {
      const over = (how) => {
        running.delete(this.#child);
        this.how = how;
        this.#waiting.forEach((look) => look());
        resolve(how);
      };
      this.#child.on('error', (error) => over(`could not start: ${error.message}`));
      this.#child.on('exit', (code, signal) => over(`ended with ${signal ?? code}`));
    });
  }

  /** The rest of the first line on standard output that begins with `prefix`. */
  line(prefix) {
    return new Promise((resolve, reject) => {
      const settle = (act) => {
        clearTimeout(timer);
        this.#waiting.splice(this.#waiting.indexOf(look), 1);
        act();
      };
      const fail = (why) => settle(() => reject(new Error(`${this.name} ${why}; waited for a line "${prefix}…"\n${this.log}`)));
      const look = () => {
        const line = this.#lines.find((line) => line.startsWith(prefix));
        if (line !== undefined) settle(() => resolve(line.slice(prefix.length).trim()));
        else if (this.how) fail(this.how);
      };
      const timer = setTimeout(() => fail(`said nothing within ${PATIENCE / 1000} s`), PATIENCE);
      this.#waiting.push(look);
      look();
    });
  }

  /** Asks it to end and waits until it has. */
  async end(signal = 'SIGTERM') {
    if (!this.how) this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE);
    await this.#ended;
    clearTimeout(timer);
  }
}

/** Runs a program to its end with `input`; gives back its standard output. */
export function run(file, args, input = '') {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: environment(), stdio: 'pipe' });
    running.add(child);
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (out[name] += text));
    child.on('error', reject);
    child.on('close', (code) => {
      running.delete(child);
      if (code === 0) resolve(out.stdout);
      else reject(new Error(`${[file, ...args].join(' ')} ended with ${code}\n${out.stderr}`));
    });
    // A program that reads no input may have closed it already.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
