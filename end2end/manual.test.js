// The pictures of the manual: each is taken anew and must be of the size of the one that the manual shows. Where PICTURES=keep, they
// become the manual's.

import assert from 'node:assert/strict';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { picture } from './lib/look.js';
import { arrive } from './lib/places.js';
import { four } from './lib/states.js';
import { consoleForTests, inBrowser } from './lib/visit.js';
import { until } from './lib/wait.js';

const MANUAL = path.resolve(import.meta.dirname, '../docs/manual');
const KEEP = process.env.PICTURES === 'keep';
const TAKEN = KEEP ? path.join(MANUAL, 'images') : path.resolve(import.meta.dirname, 'test-results/manual');
/** In pixels; the tallest that a chapter shows. */
const SIZE = [1080, 600];
const TALLEST = 900;
/** How much taller or lower a page may have become, as a part of one, before the manual shows something else than there is. */
const LEEWAY = 0.1;

const console = await consoleForTests();
/** The guide's cluster, which every chapter tells of. */
let state;
after(() => state?.end());

for (const [language, lang] of [['en', 'en-GB'], ['zh', 'zh-CN']]) {
  inBrowser(`the manual's pictures are of the console as it is (${language})`, () => console, async (open) => {
    await mkdir(TAKEN, { recursive: true });
    const opened = await open({ lang, size: SIZE });
    if (!state) {
      state = await four(console);
      // The lines of the last minute begin when somebody looks.
      await arrive(opened, state.places.find(({ name }) => name === 'control'));
      await pause(state.settle);
    }
    for (const name of await shown(language)) {
      const place = state.places.find((place) => `${place.name}-${language}.png` === name);
      assert.ok(place, `${name} is of no page`);
      // The list of connections is some rows longer from one moment to the next: a page that does not fit is looked at again.
      await until(`${name} shows the page as it is`, async () => {
        await arrive(opened, place);
        const [width, height] = size(await picture(opened.page, SIZE, TALLEST, path.join(TAKEN, name)));
        const [before, tall] = size(await readFile(path.join(MANUAL, 'images', name)));
        assert.equal(width, before);
        assert.ok(KEEP || Math.abs(height - tall) <= LEEWAY * tall, `it is ${height} pixels tall and no more ${tall}: take the pictures anew`);
        return true;
      });
    }
  });
}

/** The names of the pictures that the chapters in a language show. */
async function shown(language) {
  const chapters = await readdir(path.join(MANUAL, language));
  const texts = await Promise.all(chapters.map((chapter) => readFile(path.join(MANUAL, language, chapter), 'utf8')));
  const names = texts.flatMap((text) => [...text.matchAll(/\.\.\/images\/([^)]+)/g)].map(([, name]) => name));
  assert.ok(names.length > 0, 'the manual shows nothing');
  return names;
}

/** Width and height of a PNG file, which stand in its first chunk (PNG specification, 11.2.1). */
const size = (png) => [png.readUInt32BE(16), png.readUInt32BE(20)];
