// Pictures of every page in every state that it must look right in, for somebody to look at:
//
//     node screenshots.js [--state nothing,four,…] [--page control,…] [--quick | --manual]
//
// They go to screenshots/STATE/PAGE-LANGUAGE-THEME-WIDTH.png. --quick: English light wide and Chinese dark narrow alone.
// --manual: those that the manual shows, to docs/manual/images/PAGE-LANGUAGE.png.

import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { Console } from './lib/console.js';
import { arrive } from './lib/places.js';
import * as states from './lib/states.js';
import { closeBrowser, visit } from './lib/visit.js';

/** The tallest picture, in pixels: nobody looks further down. */
const TALLEST = 2_600;
const SIZES = { 3840: [3840, 2160], 1440: [1440, 900], 360: [360, 740], 1080: [1080, 600] };
/** What the manual shows of the guide's cluster, each at most so tall, in pixels. */
const MANUAL = { pages: 'control,changes,connections,services,machine,director-doctor', width: 1080, tallest: 900 };
const IMAGES = path.resolve(import.meta.dirname, '../docs/manual/images');

const { values: chosen } = parseArgs({ options: { state: { type: 'string' }, page: { type: 'string' }, quick: { type: 'boolean' }, manual: { type: 'boolean' } } });
if (chosen.manual) Object.assign(chosen, { state: 'four', page: MANUAL.pages });
const tallest = chosen.manual ? MANUAL.tallest : TALLEST;
const list = (text) => text?.split(',');
const looks = [];
for (const lang of ['en-GB', 'zh-CN']) {
  for (const theme of ['light', 'dark']) {
    for (const width of chosen.manual ? [MANUAL.width] : [3840, 1440, 360]) {
      const first = lang === 'en-GB' && theme === 'light' && width === 1440;
      const last = lang === 'zh-CN' && theme === 'dark' && width === 360;
      if (chosen.manual && theme === 'dark') continue;
      // What is wrong at that width is so in every language and theme.
      if (width === 3840 && !(lang === 'en-GB' && theme === 'light')) continue;
      if (!chosen.quick || first || last) looks.push({ lang, theme, width });
    }
  }
}

let taken = 0;
for (const name of list(chosen.state) ?? Object.keys(states)) {
  const console = await Console.start();
  const directory = chosen.manual ? IMAGES : path.resolve(import.meta.dirname, 'screenshots', name);
  if (!chosen.page) await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const state = await states[name](console);
  try {
    await settled(state);
    await pictures(console, state, directory);
  } finally {
    await state.end?.();
    await console.close();
  }
}
await closeBrowser();
globalThis.console.log(`${taken} pictures in ${path.relative('.', chosen.manual ? IMAGES : path.resolve(import.meta.dirname, 'screenshots'))}`);

async function settled({ settle = 0 }) {
  await new Promise((resolve) => setTimeout(resolve, settle));
}

async function pictures(console, state, directory) {
  for (const place of state.places) {
    if (place.once) {
      await place.once();
      await settled(state);
      continue;
    }
    if (chosen.page && !list(chosen.page).includes(place.name)) continue;
    for (const { lang, theme, width } of looks) {
      const opened = await visit(console, { lang, theme, size: SIZES[width], as: place.as === null ? null : Console.user });
      try {
        await arrive(opened, place);
        if (place.live) await opened.page.waitForTimeout(1_500);
        const height = await opened.page.evaluate(() => document.documentElement.scrollHeight);
        const tall = Math.min(Math.max(height, SIZES[width][1]), tallest);
        await opened.page.setViewportSize({ width, height: tall });
        const called = `${place.name}-${lang.slice(0, 2)}`;
        const file = chosen.manual ? `${called}.png` : `${called}-${theme}-${width}.png`;
        await opened.page.screenshot({ path: path.join(directory, file) });
        taken += 1;
      } catch (error) {
        globalThis.console.error(`${directory}/${place.name} (${lang}, ${theme}, ${width}): ${error.message}`);
      } finally {
        for (const fault of opened.faults.list()) globalThis.console.error(`${place.name}: ${fault}`);
        await opened.close();
      }
    }
  }
}
