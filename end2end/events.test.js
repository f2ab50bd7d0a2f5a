// The timeline and the audit log, while things happen; and a backup, from the button to a console that has it.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

import { fill, submit } from './lib/acts.js';
import { run } from './lib/program.js';
import { stage } from './lib/stage.js';
import { consoleForTests, inBrowser } from './lib/visit.js';
import { until } from './lib/wait.js';

const console = await consoleForTests();
const ready = () => console;
const { servers, cluster, director, end } = await stage(console);
after(end);

const rows = (page, text) => page.locator('tr.event', { hasText: text });

inBrowser('a server that goes out and comes back is told with reason, director and duration', ready, async (open) => {
  const { page } = await open();
  await page.goto(`/clusters/${cluster}/events`);
  await rows(page, 'Applied').first().waitFor();
  await page.evaluate(() => (document.querySelector('main').dataset.mine = 'here'));
  await servers[1].stop();
  const news = page.locator('a.news');
  await news.waitFor();
  assert.match(await news.textContent(), /^\d+ new events? – show$/);
  assert.equal(await rows(page, 'Real server out').count(), 0, 'nothing moves under the eyes');
  assert.equal(await page.locator('main').getAttribute('data-mine'), 'here', 'it is still the same page');
  await news.click();
  const out = rows(page, 'Real server out').first();
  await out.waitFor();
  for (const part of ['real2', 'web', 'vs1', 'Connection refused']) assert.match(await out.textContent(), new RegExp(part));
  await servers[1].start();
  await until('it is back in the timeline', async () => {
    await page.getByRole('link', { name: 'Refresh' }).click();
    return (await rows(page, 'Real server back').count()) > 0;
  });
  assert.match(await rows(page, 'Real server back').first().textContent(), /after \d+ (s|min)/);
  await out.getByRole('link', { name: 'real2' }).click();
  await page.waitForURL(/\/services\/\d+\/servers\/\d+$/);
});

inBrowser('filters stand in the address and narrow the timeline', ready, async (open) => {
  const { page } = await open();
  await page.goto('/events');
  await page.getByLabel('What').selectOption({ label: 'Real server out' });
  await page.getByLabel('Object').fill('real2');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.waitForURL(/kind=server-out.*object=real2/);
  await rows(page, 'Real server out').first().waitFor();
  assert.equal(await rows(page, 'Applied').count(), 0);
  await page.reload();
  assert.equal(await page.getByLabel('Object').inputValue(), 'real2');
  await page.goto('/events?object=nobody-is-called-so');
  await page.getByText('No event matches').waitFor();
  await page.getByRole('link', { name: 'Show all events' }).click();
  await rows(page, 'Log-in').first().waitFor();
});

inBrowser('without script the timeline and its filters work', ready, async (open) => {
  const { page } = await open({ script: false });
  await page.goto('/events');
  await page.getByLabel('Person').fill('admin');
  await page.getByRole('button', { name: 'Filter' }).click();
  await rows(page, 'Log-in').first().waitFor();
  assert.equal(await rows(page, 'Console started').count(), 0);
});

inBrowser('an agent that leaves is told, and a console that starts anew tells nothing twice', ready, async (open) => {
  const { page } = await open();
  const told = async (text) => {
    await page.goto(`/clusters/${cluster}/events?kind=directors`);
    return rows(page, text).count();
  };
  await director.stop();
  await until('it is away', () => told('Agent away'));
  // A page of the console would ask it for news while it is not there.
  await page.goto('about:blank');
  await console.stop();
  await console.serve();
  await page.goto('/events?kind=console');
  await until('the console has begun', async () => {
    await page.reload();
    return (await rows(page, 'Console started').textContent()).includes('2 times');
  });
  assert.equal(await told('Agent away'), 1);
  await director.start();
  await until('it is back', () => told('Agent back'));
  assert.equal(await told('Agent away'), 1);
});

inBrowser('the audit log says who changed what, before and after', ready, async (open) => {
  const { page } = await open();
  await page.goto(`/clusters/${cluster}/services`);
  await page.getByRole('link', { name: /of 3 active/ }).click();
  await page.getByRole('link', { name: 'real1' }).click();
  await fill(page, { weight: '7' });
  await submit(page);
  await page.locator('.notice.done').waitFor();
  await page.goto('/audit?action=draft');
  const row = rows(page, 'Draft changed').first();
  for (const part of ['admin', 'real1', 'Weight']) assert.match(await row.textContent(), new RegExp(part));
  assert.equal(await row.locator('.before').first().textContent(), '1');
  assert.equal(await row.locator('.after').first().textContent(), '7');
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export CSV' }).click();
  assert.equal((await download).suggestedFilename(), 'audit.csv');
});

inBrowser('a backup is downloaded, twice from one page, and restored', ready, async (open) => {
  const { page } = await open();
  const directory = await mkdtemp(path.join(tmpdir(), 'arapaima-backup-'));
  try {
    await page.goto('/settings');
    for (const name of ['one', 'two']) {
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Make a backup and download it' }).click();
      await (await download).saveAs(path.join(directory, name));
    }
    const program = process.env.ARAPAIMA_BIN ?? path.resolve(import.meta.dirname, '../target/debug/arapaima');
    const data = path.join(directory, 'data');
    await run(program, ['restore', path.join(directory, 'two'), '--data', data]);
    const made = await run(program, ['user', 'add', 'second', '--data', data]);
    assert.ok(made.trim(), 'the restored console can be used');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
