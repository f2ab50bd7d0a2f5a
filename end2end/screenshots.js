// Pictures of every page in every state that it must look right in, for somebody to look at:
//
//     node screenshots.js [--state nothing,four,…] [--page control,…] [--quick]
//
// They go to screenshots/STATE/PAGE-LANGUAGE-THEME-WIDTH.png. --quick: English light wide and Chinese dark narrow alone.

import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { Console } from './lib/console.js';
import { picture } from './lib/look.js';
import { arrive } from './lib/places.js';
import * as states from './lib/states.js';
import { closeBrowser, visit } from './lib/visit.js';

/** The tallest picture, in pixels: nobody looks further down. */
const TALLEST = 2_600;
const SIZES = { 3840: [3840, 2160], 1440: [1440, 900], 360: [360, 740] };

const { values: chosen } = parseArgs({ options: { state: { type: 'string' }, page: { type: 'string' }, quick: { type: 'boolean' } } });
const list = (text) => text?.split(',');
const looks = [];
for (const lang of ['en-GB', 'zh-CN']) {
  for (const theme of ['light', 'dark']) {
    for (const width of [3840, 1440, 360]) {
      const first = lang === 'en-GB' && theme === 'light' && width === 1440;
      const last = lang === 'zh-CN' && theme === 'dark' && width === 360;
      // What is wrong at that width is so in every language and theme.
      if (width === 3840 && !(lang === 'en-GB' && theme === 'light')) continue;
      if (!chosen.quick || first || last) looks.push({ lang, theme, width });
    }
  }
}

let taken = 0;
for (const name of list(chosen.state) ?? Object.keys(states)) {
  const console = await Console.start();
  const directory = path.resolve(import.meta.dirname, 'screenshots', name);
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
globalThis.console.log(`${taken} pictures in ${path.relative('.', path.resolve(import.meta.dirname, 'screenshots'))}`);

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
        const file = path.join(directory, `${place.name}-${lang.slice(0, 2)}-${theme}-${width}.png`);
        await picture(opened.page, SIZES[width], TALLEST, file);
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
