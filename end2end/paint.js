// How soon a page is there on a slow network: when the browser first paints something of it, when it first paints its content,
// and when it can be used: when its islands live, and on a page without one when all of it has been read.
//
//     node paint.js [--rounds 3]
//
// Each page comes once to a browser that has never seen the console (cold), and once to one that has been on another of its pages
// (warm). The network is Chromium's own emulation of 400 kbit/s in both directions, with a wait before every answer: 400 ms, a
// slow mobile network's round trip, and 2,000 ms, as the developer tools' preset has it for a connection that is new each time.

import { parseArgs } from 'node:util';

import { Console } from './lib/console.js';
import { stage } from './lib/stage.js';
import { closeBrowser, visit } from './lib/visit.js';

const { values: chosen } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const BYTES_PER_SECOND = 400_000 / 8;
const WAITS = [400, 2_000];
/** What a page may take in the slowest of these networks, in milliseconds. */
const PATIENCE = 60_000;

const console = await Console.start();
const made = await stage(console);
try {
  const pages = ['/login', '/', `/clusters/${made.cluster}/control`, `/clusters/${made.cluster}/services`];
  for (const wait of WAITS) {
    globalThis.console.log(`  400 kbit/s down and up, ${wait} ms before every answer; median of ${chosen.rounds}`);
    for (const path of pages) {
      const rounds = [];
      for (let round = 0; round < Number(chosen.rounds); round += 1) rounds.push(await both(path, wait));
      for (const cache of ['cold', 'warm']) {
        const of = (figure) => `${(median(rounds.map((round) => round[cache][figure])) / 1_000).toFixed(2)} s`;
        globalThis.console.log(
          `    ${path.padEnd(24)} ${cache}: first paint ${of('paint')}, content ${of('content')}, usable ${of('usable')}; ${kilobytes(rounds[0][cache].bytes)}`,
        );
      }
    }
  }
} finally {
  await closeBrowser();
  await made.end();
  await console.close();
}

/** A page in a window of its own: as its first page, and again after another one. */
async function both(path, wait) {
  const { page, context, close } = await visit(console, path === '/login' ? { as: null } : {});
  page.setDefaultTimeout(PATIENCE);
  await page.addInitScript(watch);
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  const slow = { offline: false, latency: wait, downloadThroughput: BYTES_PER_SECOND, uploadThroughput: BYTES_PER_SECOND };
  const quick = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
  const open = async () => {
    let bytes = 0;
    const count = ({ encodedDataLength }) => (bytes += encodedDataLength);
    devtools.on('Network.loadingFinished', count);
    await devtools.send('Network.emulateNetworkConditions', slow);
    await page.goto(path);
    const usable = await page.waitForFunction(() => window.usable?.());
    const figures = await page.evaluate(measured);
    devtools.off('Network.loadingFinished', count);
    await devtools.send('Network.emulateNetworkConditions', quick);
    return { ...figures, usable: await usable.jsonValue(), bytes };
  };
  const cold = await open();
  await page.goto(path === '/login' ? '/login?next=%2Fevents' : '/events');
  const warm = await open();
  await close();
  return { cold, warm };
}

/** In the page, before anything else: notes when its islands live. */
function watch() {
  let awake;
  new MutationObserver(() => {
    if (awake === undefined && document.documentElement?.hasAttribute('data-awake')) awake = performance.now();
  }).observe(document, { attributes: true, attributeFilter: ['data-awake'], subtree: true });
  window.usable = () => {
    const read = performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd;
    const painted = performance.getEntriesByName('first-contentful-paint').length > 0;
    if (!painted || read === 0) return undefined;
    return document.querySelector('leptos-island') ? awake : read;
  };
}

/** In the page: when it was painted. */
function measured() {
  const at = (name) => performance.getEntriesByName(name)[0].startTime;
  return { paint: at('first-paint'), content: at('first-contentful-paint') };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function kilobytes(bytes) {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
