// Language and theme: from the browser at first, then as chosen, on every page.

import assert from 'node:assert/strict';

import { consoleForTests, inBrowser } from './lib/visit.js';

const ready = consoleForTests();

const ground = (page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

inBrowser('the browser’s language is spoken until another is chosen', () => ready, async (open) => {
  const { page } = await open({ lang: 'zh-CN' });
  await page.goto('/clusters?x=1');
  assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
  await page.getByRole('heading', { name: '集群', exact: true }).waitFor();
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'Clusters', exact: true }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/clusters', 'one stays where one is');
  await page.goto('/directors');
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('heading', { name: '调度器', exact: true }).waitFor();
});

inBrowser('the language can be chosen before logging in', () => ready, async (open) => {
  const { page } = await open({ as: null });
  await page.goto('/login');
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('heading', { name: '登录 Arapaima' }).waitFor();
});

inBrowser('the theme follows the system until one is chosen', () => ready, async (open) => {
  const { page } = await open({ theme: 'light' });
  await page.goto('/clusters');
  const light = await ground(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await ground(page);
  assert.notEqual(light, dark);
  const choose = async (name) => {
    await page.locator('.menu.theme > summary').click();
    await page.getByRole('button', { name, exact: true }).click();
    await page.waitForLoadState();
  };
  await choose('Light');
  await page.locator('html[data-theme=light]').waitFor();
  assert.equal(await ground(page), light);
  await page.emulateMedia({ colorScheme: 'light' });
  await choose('Dark');
  await page.locator('html[data-theme=dark]').waitFor();
  assert.equal(await ground(page), dark);
  await page.goto('/account');
  assert.equal(await ground(page), dark, 'on every page');
  await choose('As the system');
  await page.locator('html:not([data-theme])').waitFor();
  assert.equal(await ground(page), light);
});

inBrowser('the menu button is there where the rail is not', () => ready, async (open) => {
  const { page } = await open();
  await page.goto('/clusters');
  const rail = page.getByRole('navigation', { name: 'Main' });
  assert.deepEqual([await page.locator('.menu-button').isVisible(), await rail.isVisible()], [false, true]);
  await page.setViewportSize({ width: 360, height: 740 });
  assert.deepEqual([await page.locator('.menu-button').isVisible(), await rail.isVisible()], [true, false]);
  await page.getByRole('button', { name: 'Menu' }).click();
  await rail.getByRole('link', { name: 'Directors' }).click();
  await page.waitForURL('**/directors');
});

inBrowser('a menu closes on Escape and gives the focus back', () => ready, async (open) => {
  const { page } = await open();
  await page.goto('/clusters');
  const menu = page.locator('.menu.theme');
  await menu.locator('summary').click();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Escape');
  assert.equal(await menu.getAttribute('open'), null);
  assert.ok(await menu.locator('summary').evaluate((summary) => document.activeElement === summary));
});
