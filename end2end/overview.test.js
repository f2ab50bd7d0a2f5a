// The overview: all clusters at a glance, what needs attention, and how it lives.

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { stage } from './lib/stage.js';
import { stream } from './lib/traffic.js';
import { consoleForTests, inBrowser } from './lib/visit.js';
import { until } from './lib/wait.js';

const console = await consoleForTests();
const ready = () => console;

inBrowser('a console with nothing in it says how to begin', ready, async (open) => {
  const { page } = await open();
  await page.goto('/');
  await page.getByRole('heading', { name: /Three steps/ }).waitFor();
  await page.getByRole('link', { name: 'New cluster' }).click();
  await page.waitForURL('**/clusters/new');
});

let staged;
after(() => staged?.end());

inBrowser('a cluster is seen at a glance, and its numbers move', ready, async (open) => {
  staged = await stage(console, 'shop');
  const traffic = stream(staged.vip);
  const { page } = await open();
  await page.goto('/');
  await page.locator('.live-status.live').waitFor();
  const tile = page.locator('.glance', { hasText: 'shop' });
  await tile.getByText('Serving').waitFor();
  await page.getByText('Nothing needs attention').waitFor();
  await until('connections are counted', async () => Number(await tile.locator('.g-rate b').textContent()) > 0);
  await until('the line has a shape', async () => (await tile.locator('.g-line path').first().getAttribute('d')).length > 20);
  await traffic.end();
  await tile.getByRole('link', { name: 'shop' }).click();
  await page.waitForURL(`**/clusters/${staged.cluster}/control`);
});

inBrowser('what breaks is told while one looks, and leads to its place', ready, async (open) => {
  const { page } = await open();
  await page.goto('/');
  await page.locator('.live-status.live').waitFor();
  await staged.servers[1].stop();
  const matter = page.locator('.attention li', { hasText: 'Real server real2 of web is out' });
  await matter.getByText(/since/).waitFor();
  const rail = page.locator(`#rail-${staged.cluster} .mark.degraded`);
  await rail.waitFor();
  await page.locator('.glance .state.degraded').waitFor();
  // It keeps the focus while it is written anew each second.
  const link = matter.getByRole('link');
  await link.focus();
  const said = await matter.textContent();
  await until('it was written anew', async () => (await matter.textContent()) !== said);
  assert.ok(await link.evaluate((link) => document.activeElement === link), 'the link has the focus');
  await link.press('Enter');
  await page.waitForURL(/\/services\/\d+\/servers\/\d+$/);
  await staged.servers[1].start();
  await page.goto('/');
  await page.getByText('Nothing needs attention').waitFor();
  await staged.director.stop();
  await page.getByText('Director vs1 is away').waitFor();
  await staged.director.start();
  await page.getByText('Nothing needs attention').waitFor();
});

inBrowser('without script the overview is whole', ready, async (open) => {
  const { page } = await open({ script: false });
  await page.goto('/');
  await page.locator('.glance', { hasText: 'shop' }).getByText('Serving').waitFor();
  await page.getByText('Nothing needs attention').waitFor();
  await page.getByRole('link', { name: 'Update information now' }).click();
});

inBrowser('thirty clusters stand on one screen', ready, async (open) => {
  for (let n = 2; n <= 30; n += 1) await console.importCluster(`site-${n}`, 'serial_no = 1\nprimary = 127.0.0.1\nservice = lvs\n');
  const { page } = await open();
  await page.goto('/');
  await page.locator('.live-status.live').waitFor();
  await until('the newest clusters stand there', async () => (await page.locator('.glance').count()) === 30);
  const last = await page.locator('.glance').last().evaluate((tile) => tile.getBoundingClientRect().bottom);
  assert.ok(last <= 900, `the last one ends at ${last} px of 900`);
  const heights = await page.evaluate(() => [document.documentElement, document.getElementById('rail')].map((box) => [box.scrollHeight, box.clientHeight]));
  for (const [whole, seen] of heights) assert.ok(whole <= seen, `${whole} px scroll within ${seen}`);
});
