// The live connection table: filters and groups in the address, reading anew without disturbing anybody, the file.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after } from 'node:test';

import { fill } from './lib/acts.js';
import { stage } from './lib/stage.js';
import { hold } from './lib/traffic.js';
import { consoleForTests, inBrowser } from './lib/visit.js';
import { until } from './lib/wait.js';

const console = await consoleForTests();
const ready = () => console;
const { vip, cluster, end } = await stage(console);
const held = await hold(vip, 6);
after(async () => {
  held.end();
  await end();
});
const path = `/clusters/${cluster}/connections`;
const rows = (page) => page.locator('#looks tbody tr');
const show = (page) => page.getByRole('button', { name: 'Show' }).click();

inBrowser('connections are listed, filtered and counted, without script as with it', ready, async (open) => {
  for (const script of [false, true]) {
    const { page } = await open({ script });
    await page.goto(`/clusters/${cluster}/control`);
    await page.getByRole('navigation', { name: 'Pages of this cluster' }).getByRole('link', { name: 'Connections' }).click();
    await page.locator('.readings', { hasText: /vs1.*complete.*read \d.* s ago in .* ms.*6 connections match/s }).waitFor();
    assert.equal(await rows(page).count(), 6);
    await fill(page, { server: 'real1', state: 'ESTABLISHED', service: 'web' });
    await show(page);
    assert.match(page.url(), /service=web&server=real1&protocol=&state=ESTABLISHED/);
    assert.equal(await page.locator('[name=server]').inputValue(), '127.0.10.100');
    assert.equal(await rows(page).count(), held.names.real1);
    await page.getByRole('link', { name: 'By real server' }).click();
    assert.equal(await rows(page).count(), 1);
    await page.getByRole('link', { name: 'Clear' }).click();
    assert.deepEqual(
      await rows(page).evaluateAll((rows) => rows.map((row) => Number(row.cells[1].textContent)).sort()),
      Object.values(held.names).sort(),
    );
    await page.getByRole('link', { name: '127.0.10.100' }).click();
    assert.equal(await rows(page).count(), held.names.real1, 'a group leads to its connections');
    await page.getByRole('link', { name: 'Top talkers' }).click();
    assert.match(await rows(page).first().textContent(), new RegExp(`^127\\.0\\.0\\.1\\D*${held.names.real1}100\\.0$`));
    await page.getByRole('link', { name: 'Clear' }).click();
    await page.getByRole('link', { name: 'By client network' }).click();
    await fill(page, { prefix: '8' });
    await show(page);
    await page.getByRole('link', { name: '127.0.0.0/8' }).waitFor();
  }
});

inBrowser('what cannot be is said beside its field, and what was typed stays', ready, async (open) => {
  const { page, faults } = await open();
  faults.expect(' 422');
  await page.goto(path);
  await fill(page, { client: 'nobody' });
  await show(page);
  await page.locator('#e-client', { hasText: '“nobody” is no address and no network' }).waitFor();
  assert.equal(await page.locator('[name=client]').inputValue(), 'nobody');
  assert.equal(await page.locator('#looks').count(), 0);
});

inBrowser('it is read anew every some seconds, and nobody loses the focus, a selection or what was typed', ready, async (open) => {
  const { page } = await open();
  await page.goto(path);
  await fill(page, { every: '2' });
  assert.match(page.url(), /every=2/);
  await page.locator('[name=client]').fill('10.0.0.');
  const more = await hold(vip, 1);
  await until('the new one shows', async () => (await rows(page).count()) === 7);
  assert.equal(await page.locator('[name=client]').inputValue(), '10.0.0.');
  assert.ok(await page.locator('[name=client]').evaluate((field) => field === document.activeElement), 'typing goes on');

  const link = rows(page).first().locator('a').first();
  const href = await link.getAttribute('href');
  await link.focus();
  more.end();
  await until('the one that ended is gone', async () => (await rows(page).count()) === 6);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('href')), href, 'the focus stays at its link');

  await page.locator('[name=client]').focus();
  await page.evaluate(() => getSelection().selectAllChildren(document.querySelector('#looks tbody')));
  const other = await hold(vip, 1);
  await until('it gets old', async () => Number.parseFloat(await page.locator('[data-age]').textContent()) > 4);
  assert.equal(await rows(page).count(), 6, 'a selection is not taken away');
  await page.evaluate(() => getSelection().removeAllRanges());
  await until('then it is read', async () => (await rows(page).count()) === 7);
  other.end();
});

inBrowser('the file has every connection and says that it is complete', ready, async (open) => {
  const { page } = await open();
  await page.goto(`${path}?server=real2`);
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download CSV' }).click();
  const download = await downloading;
  assert.equal(download.suggestedFilename(), `connections-${cluster}.csv`);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  assert.equal(lines.length, held.names.real2 + 2);
  assert.match(lines[1], /^vs1,tcp,127\.0\.0\.1,\d+,127\.0\.0\.2,\d+,web,127\.0\.10\.101,\d+,real2,ESTABLISHED,\d+$/);
  assert.match(lines.at(-1), /^# vs1: complete: the whole table was read/);
});

inBrowser('a director that is away is said to be unknown, not empty', ready, async (open) => {
  const second = await console.director('vs2', cluster, 'simulated');
  const { page } = await open();
  await until('it tells', async () => {
    await page.goto(path);
    return page.locator('.readings li', { hasText: /vs2.*0 connections match/s }).count();
  });
  assert.equal(await rows(page).first().locator('td').first().textContent(), 'vs1', 'the director is named');
  await second.stop();
  await until('it is away', async () => {
    await page.goto(path);
    return page.locator('.readings li', { hasText: /vs2.*Away.*what it holds is unknown/s }).count();
  });
  assert.equal(await rows(page).count(), 6);
});
