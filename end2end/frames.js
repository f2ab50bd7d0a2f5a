// How smoothly the live table runs with 1,000 virtual services of five real servers each, while every number on the page
// changes every second:
//
//     node frames.js [--seconds 20] [--throttle 4]
//
// The rows are the console's own. The stream is made up in the page, since no director here counts so much at once: each
// second a patch with another number in every cell and every line. --throttle makes the processor so many times slower.

import { parseArgs } from 'node:util';

import { Console } from './lib/console.js';
import { closeBrowser, visit } from './lib/visit.js';

const { values: chosen } = parseArgs({ options: { seconds: { type: 'string', default: '20' }, throttle: { type: 'string', default: '1' } } });
const SERVICES = 1_000;
const SERVERS = 5;

const console = await Console.start();
try {
  const lines = [];
  for (let n = 0; n < SERVICES; n += 1) {
    const vip = `10.20.${n >> 8}.${n & 255}:80`;
    lines.push(`-A -t ${vip} -s wlc`);
    for (let m = 1; m <= SERVERS; m += 1) lines.push(`-a -t ${vip} -r 10.${30 + m}.${n >> 8}.${n & 255}:8080 -m -w ${m}`);
  }
  const cluster = await console.importTable('frames', `${lines.join('\n')}\n`);
  await console.apply(cluster);
  const { page, context } = await visit(console);
  const devtools = await context.newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: Number(chosen.throttle) });
  await page.addInitScript(madeUp);
  const start = Date.now();
  await page.goto(`/clusters/${cluster}/control`);
  await page.locator('.live-status.live').waitFor();
  const live = Date.now() - start;
  const rows = await page.locator('#live-rows tr').count();
  const pages = await page.locator('.pager').textContent();
  const figures = await page.evaluate(measure, Number(chosen.seconds));
  globalThis.console.log(`${SERVICES} services, ${SERVICES * SERVERS} destinations; ${rows} rows on a page (${pages.trim()}); processor ${chosen.throttle} times slower`);
  globalThis.console.log(`  live after ${live} ms`);
  globalThis.console.log(`  a patch of every cell, carried out: median ${figures.patch.median} ms, highest ${figures.patch.highest} ms (${figures.patches} patches)`);
  globalThis.console.log(`  frames: median ${figures.frame.median} ms, 99 % ${figures.frame.most} ms, highest ${figures.frame.highest} ms (${figures.frames} frames)`);
} finally {
  await closeBrowser();
  await console.close();
}

/** In the page: a stream that changes everything every second. */
function madeUp() {
  window.patches = [];
  window.EventSource = class extends EventTarget {
    static CLOSED = 2;
    readyState = 1;
    #second = 0;
    #timer = setInterval(() => this.#tell(), 1_000);

    #tell() {
      this.#second += 1;
      const rows = [...document.querySelectorAll('#live-rows tr')];
      const number = (n) => String((n * 7_919 + this.#second * 104_729) % 100_000).replace(/\B(?=(\d{3})+$)/g, ',');
      const patch = {
        t: 1,
        o: this.#second === 1 ? rows.map((row) => row.id) : undefined,
        r: rows.map((row, n) => ({ i: row.id, c: [3, 4, 5, 7, 8].map((cell) => [cell, number(n + cell)]), v: [[6, [(n * 31 + this.#second * 17) % 90]]] })),
      };
      const data = JSON.stringify(patch);
      const before = performance.now();
      this.dispatchEvent(new MessageEvent('patch', { data }));
      // What the browser has to lay out afterwards belongs to it.
      document.body.getBoundingClientRect();
      window.patches.push(performance.now() - before);
    }

    close() {
      clearInterval(this.#timer);
      this.readyState = 2;
    }
  };
}

/** In the page: how long frames take, for so many seconds. */
async function measure(seconds) {
  window.patches.length = 0;
  const frames = [];
  const end = performance.now() + seconds * 1_000;
  let last = performance.now();
  await new Promise((resolve) => {
    const frame = (now) => {
      frames.push(now - last);
      last = now;
      if (now < end) requestAnimationFrame(frame);
      else resolve();
    };
    requestAnimationFrame(frame);
  });
  const of = (values) => {
    const sorted = values.toSorted((a, b) => a - b);
    const at = (share) => sorted[Math.round(share * (sorted.length - 1))].toFixed(1);
    return { median: at(0.5), most: at(0.99), highest: at(1) };
  };
  return { patches: window.patches.length, patch: of(window.patches), frames: frames.length, frame: of(frames.slice(1)) };
}
