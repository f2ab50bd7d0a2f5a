// A browser that looks at a console. A test made by `inBrowser` fails on any fault in any of its windows, too.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';

import { chromium } from 'playwright-core';

import { Console } from './console.js';
import { Faults } from './faults.js';
import { within } from './wait.js';

/** What a failed test leaves for those who look into it. */
const RESULTS = path.resolve(import.meta.dirname, '../test-results');

/** What the browser may take for what has no bound of its own, in milliseconds. */
const PATIENCE = 30_000;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let launched;

/** The one browser of this process. */
export function browser() {
  launched ??= chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', args: FLAGS });
  return launched;
}

/** Ends it. */
export async function closeBrowser() {
  await (await launched)?.close();
  launched = undefined;
}

/** Starts a console for a test file and ends it and the browser after the file's last test. */
export async function consoleForTests() {
  const started = await Console.start();
  after(async () => {
    await closeBrowser();
    await started.close();
  });
  return started;
}

/**
 * A browser window of its own, logged in as `as` unless that is null. Options: `script` (true), `theme` (light, dark), `lang`
 * (en-GB, zh-CN), `size` ([1440, 900]).
 */
export async function visit(console, { as = Console.user, script = true, theme = 'light', lang = 'en-GB', size = [1440, 900] } = {}) {
  if (as) console.sessions[as.name] ??= await session(console, as);
  const opening = (await browser()).newContext({
    baseURL: console.url,
    javaScriptEnabled: script,
    colorScheme: theme,
    locale: lang,
    viewport: { width: size[0], height: size[1] },
    storageState: as ? console.sessions[as.name] : undefined,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const context = await within(PATIENCE, 'a window opens', opening);
  context.setDefaultTimeout(15_000);
  const faults = new Faults(context, console.url);
  const page = await context.newPage();
  return { context, page, faults, close: () => within(PATIENCE, 'a window closes', context.close()) };
}

/** Cookies of somebody who has logged in. */
async function session(console, { name, password }) {
  const context = await (await browser()).newContext({ baseURL: console.url });
  const page = await context.newPage();
  await page.goto('/login');
  await page.fill('[name=name]', name);
  await page.fill('[name=password]', password);
  await page.click('main button[type=submit]');
  await page.waitForURL((url) => url.pathname === '/');
  const state = await context.storageState();
  await context.close();
  return state;
}

/** A test whose windows, opened by `open(options)`, must stay free of faults. */
export function inBrowser(name, console, act, timeout = 180_000) {
  test(name, { timeout }, async () => {
    const visits = [];
    const open = async (options) => {
      const opened = await visit(await console(), options);
      visits.push(opened);
      return opened;
    };
    try {
      await act(open);
      const faults = visits.flatMap((visit) => visit.faults.list());
      if (faults.length > 0) throw new Error(`faults:\n  ${faults.join('\n  ')}`);
    } catch (error) {
      await keep(name, visits, error, await console());
      throw error;
    } finally {
      await Promise.all(visits.map((visit) => visit.close()));
    }
  });
}

/** Adds to an error what the windows showed, and keeps pictures of them. */
async function keep(name, visits, error, console) {
  const base = path.join(RESULTS, name.replaceAll(/[^\p{L}\p{N}]+/gu, '-'));
  await mkdir(RESULTS, { recursive: true });
  const pages = visits.flatMap((visit) => visit.context.pages());
  for (const [index, page] of pages.entries()) {
    // A page in the middle of going away has no picture; the error matters more.
    await page.screenshot({ path: `${base}-${index}.png`, fullPage: true }).catch(() => {});
    await page.content().then((html) => writeFile(`${base}-${index}.html`, html)).catch(() => {});
  }
  const faults = visits.flatMap((visit) => visit.faults.list());
  error.message += `\n  at: ${pages.map((page) => page.url()).join(', ')}`;
  if (faults.length > 0 && !error.message.includes('faults:')) error.message += `\n  faults:\n  ${faults.join('\n  ')}`;
  const log = console.log.split('\n').filter((line) => !line.includes(' INFO '));
  error.message += `\n  pictures: ${base}-*.png\n  the console's log ends:\n  ${log.slice(-10).join('\n  ')}`;
}
