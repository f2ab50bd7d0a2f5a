// The main path by keyboard alone: what has the focus is always visible, and everything is in reach.

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { focused } from './lib/acts.js';
import { stage } from './lib/stage.js';
import { Console } from './lib/console.js';
import { consoleForTests, inBrowser } from './lib/visit.js';

const console = await consoleForTests();
const ready = () => console;
const { cluster, end } = await stage(console);
after(end);

/** What has the focus: its name as somebody would say it, whether it shows it, and whether it can be seen at all. */
const focus = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (element === document.body) return { words: '(the end of the page)', ring: true, seen: true };
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const words = element.ariaLabel ?? element.labels?.[0]?.textContent ?? element.textContent;
    const place = document.elementFromPoint(box.left + Math.min(box.width, 40) / 2, box.top + box.height / 2);
    return {
      words: words.trim().replaceAll(/\s+/g, ' '),
      ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
      seen: element === place || element.contains(place) || (place?.contains(element) ?? false),
      instead: place?.outerHTML.slice(0, 120),
    };
  });

/** Presses Tab until what `wanted` says has the focus. */
async function tabTo(page, wanted, most = 80) {
  const passed = [];
  for (let n = 0; n < most; n += 1) {
    await page.keyboard.press('Tab');
    const now = await focus(page);
    passed.push(now.words);
    assert.ok(now.ring, `"${now.words}" shows no focus at ${page.url()}`);
    assert.ok(now.seen, `"${now.words}" has the focus and cannot be seen at ${page.url()}, but ${now.instead}`);
    if (wanted.test(now.words)) return;
  }
  assert.fail(`no Tab led to ${wanted} at ${page.url()}; passed ${passed.join(' | ')}`);
}

/** Presses a key that leads to another page. */
async function go(page, key, url) {
  await page.keyboard.press(key);
  await page.waitForURL(url);
}

inBrowser('log in, add, apply, look, stop by keyboard alone', ready, async (open) => {
  const { page } = await open({ as: null });
  await page.goto('/login');
  // Typing can begin at once.
  await focused(page.locator('main [name=name]'));
  await page.keyboard.type(Console.user.name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(Console.user.password);
  await go(page, 'Enter', (url) => url.pathname === '/');

  await tabTo(page, /^guide$/);
  await go(page, 'Enter', '**/control');
  await tabTo(page, /^Virtual servers$/);
  await go(page, 'Enter', '**/services');
  await tabTo(page, /^Add virtual server$/);
  await go(page, 'Enter', '**/services/new');
  await focused(page.locator('main [name=name]'));
  await page.keyboard.type('keys');
  await tabTo(page, /^Virtual IP address/i);
  await page.keyboard.type('127.0.0.30');
  await tabTo(page, /port/i);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('8030');
  await tabTo(page, /^Add virtual server$/);
  await go(page, 'Enter', /\/servers$/);

  await tabTo(page, /^Add real server$/);
  await go(page, 'Enter', '**/servers/new');
  await page.keyboard.type('k1');
  await tabTo(page, /address/i);
  await page.keyboard.type('127.0.10.100');
  await tabTo(page, /^Add real server$/);
  await go(page, 'Enter', /\/servers$/);

  await tabTo(page, /^Changes \(\d+\)$/);
  await go(page, 'Enter', '**/changes');
  await tabTo(page, /^Why/);
  await page.keyboard.type('By keyboard');
  await page.keyboard.press('Enter');
  await page.getByText('Applied as generation 2.').waitFor();

  await page.goto(`/clusters/${cluster}/control`);
  await page.locator('.live-status.live').waitFor();
  await tabTo(page, /^Stop$/);
  await go(page, 'Enter', '**/stop');
  await tabTo(page, /^Type 2/);
  await page.keyboard.type('2');
  await tabTo(page, /^Stop cluster guide$/);
  await go(page, 'Enter', '**/control');
  await tabTo(page, /^Start/);
  await page.keyboard.press('Enter');
  await page.locator('.notice').getByText('is starting').waitFor();
});

inBrowser('Tab leaves the search, whose list closes', ready, async (open) => {
  const { page } = await open();
  await page.goto('/');
  await page.locator('body').press('ControlOrMeta+k');
  const found = page.getByRole('listbox');
  await found.getByRole('option').first().waitFor();
  await page.keyboard.press('Tab');
  assert.ok(!(await found.isVisible()), 'the list covers nothing');
  assert.match((await focus(page)).words, /中文/, 'the next one has the focus');
});

inBrowser('Ctrl-K goes to any place by a part of its name', ready, async (open) => {
  const { page } = await open();
  await page.goto('/account');
  await page.locator('body').press('ControlOrMeta+k');
  await page.keyboard.type('guide changes');
  await go(page, 'Enter', `**/clusters/${cluster}/changes`);
});

inBrowser('the search finds a real server by its address and shows where it belongs', ready, async (open) => {
  const { page } = await open();
  await page.goto('/account');
  await page.locator('body').press('/');
  await page.keyboard.type('127.0.');
  const options = page.locator('.go-to-found[data-for="127.0."] [role=option]');
  await options.first().waitFor();
  const second = options.nth(1);
  await page.keyboard.press('ArrowDown');
  assert.equal(await second.getAttribute('aria-selected'), 'true');
  const wanted = await second.getAttribute('href');
  await go(page, 'Enter', `**${wanted}`);
  await page.goto('/account');
  await page.locator('#go-to').fill('no such thing');
  await page.locator('.go-to-found').getByText('Nothing fits').waitFor();
  await page.locator('#go-to').press('Escape');
  await page.locator('.go-to-found').waitFor({ state: 'hidden' });
});

inBrowser('two keys lead to a place or tab, and ? lists them', ready, async (open) => {
  const { page } = await open();
  await page.goto(`/clusters/${cluster}/changes`);
  await page.keyboard.press('t');
  await go(page, '1', `**/clusters/${cluster}/control`);
  await page.keyboard.press('g');
  await go(page, 'h', '**/help');
  await page.keyboard.press('?');
  await page.locator('#keys').getByText('Within a cluster').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#keys').waitFor({ state: 'hidden' });
  // Typing is typing.
  await page.locator('#go-to').focus();
  await page.keyboard.type('gd');
  assert.ok(page.url().endsWith('/help'));
});

inBrowser('without script the search is a page', ready, async (open) => {
  const { page } = await open({ script: false });
  await page.goto('/account');
  await page.locator('#go-to').fill('guide changes');
  await page.locator('#go-to').press('Enter');
  await page.waitForURL('**/search?q=guide+changes');
  await page.locator('main .found a').first().click();
  await page.waitForURL(`**/clusters/${cluster}/changes`);
});

inBrowser('the first Tab skips the frame', ready, async (open) => {
  const { page } = await open();
  await page.goto('/clusters');
  await page.keyboard.press('Tab');
  assert.equal((await focus(page)).words, 'Skip to the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.ok(await page.evaluate(() => document.getElementById('main').contains(document.activeElement)));
});
