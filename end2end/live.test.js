// The live table: what it shows while things happen, and what it never does to the person who looks at it.

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { apply, fill, shows, submit, table, watch } from './lib/acts.js';
import { stage } from './lib/stage.js';
import { answers, ask, spread, stream } from './lib/traffic.js';
import { consoleForTests, inBrowser } from './lib/visit.js';
import { until } from './lib/wait.js';

const console = await consoleForTests();
const ready = () => console;
const { vip, servers, cluster, director, end } = await stage(console);
after(end);

inBrowser('the state stands in words, with since when', ready, async (open) => {
  const { page } = await open();
  await watch(page, cluster);
  await shows(page, 'web', { state: 'Serving', address: new RegExp(`${vip.host}:${vip.port}`), forwarding: 'wlc' });
  await shows(page, 'real1', { state: 'Serving', weight: 1, since: /\d/, active: 0 });
  await shows(page, 'real3', { state: 'Inactive', active: '–' });
  await page.locator('#live-directors').getByText('generation 1 applied and verified').waitFor();
});

inBrowser('a dead server is marked at once and leaves the traffic, and comes back', ready, async (open) => {
  const { page } = await open();
  await watch(page, cluster);
  const row = page.locator('#live-rows tr', { has: page.getByRole('link', { name: 'real2' }) });
  await shows(page, 'real2', { state: 'Serving' });
  await servers[1].stop();
  await shows(page, 'real2', { state: 'Failing' });
  assert.match(await row.getAttribute('class'), /\bchanged\b/, 'a state that changes keeps a mark');
  assert.notEqual((await table(page)).real2.note, '', 'it says why');
  assert.deepEqual(await answers(vip, 8), { real1: 8 });
  await servers[1].start();
  await shows(page, 'real2', { state: 'Serving' });
  await until('the mark goes', async () => !/\bchanged\b/.test(await row.getAttribute('class')));
  await until('both answer', async () => Object.keys(await spread(vip, 4)).length === 2);
});

inBrowser('a weight takes effect while the table is open', ready, async (open) => {
  const [watching, editing] = [await open(), await open()];
  await watch(watching.page, cluster);
  const { page } = editing;
  await page.goto(`/clusters/${cluster}/services`);
  await page.getByRole('link', { name: /of 3 active/ }).click();
  await page.getByRole('link', { name: 'real1' }).click();
  await fill(page, { weight: '5' });
  await submit(page);
  await page.getByText('Saved real1 to the draft.').waitFor();
  await page.getByRole('link', { name: 'Review changes' }).click();
  await page.getByText('Real server real1, Weight: 1 → 5').waitFor();
  await shows(watching.page, 'real1', { weight: 1 });
  const header = watching.page.getByRole('region', { name: 'State of the cluster' });
  await header.locator('.cluster-actions').getByRole('link', { name: 'Changes (1)' }).waitFor();
  await header.locator('.tabs').getByRole('link', { name: 'Changes (1)' }).waitFor();
  await apply(page, cluster, 'More for real1');
  await shows(watching.page, 'real1', { weight: 5 });
  await until('nothing is left to apply', async () => (await header.getByRole('link', { name: 'Changes (1)' }).count()) === 0);
  await page.locator('table.progress').getByText('Applied and verified').waitFor();
});

inBrowser('the plan foresees what a director will refuse', ready, async (open) => {
  const { page } = await open();
  await page.goto(`/clusters/${cluster}/services`);
  await page.locator('main .row-link').first().click();
  await fill(page, { scheduler: 'lblc' });
  await submit(page);
  await page.goto(`/clusters/${cluster}/changes`);
  await page.locator('.foreseen', { hasText: /vs1 will refuse this\..* lblc/ }).waitFor();
  await page.locator('.notice.warning', { hasText: '1 virtual server of these changes' }).waitFor();
  await page.goto(`/clusters/${cluster}/discard`);
  await page.getByRole('button', { name: 'Discard 1 change' }).click();
  await page.locator('.notice.done').waitFor();
});

inBrowser('stopping and starting reach a table that is open', ready, async (open) => {
  const [watching, acting] = [await open(), await open()];
  await watch(watching.page, cluster);
  const { page } = acting;
  await page.addInitScript(() => addEventListener('DOMContentLoaded', () => {
    const stop = document.querySelector('#cluster-switch a');
    if (stop) stop.seen = true;
  }));
  await page.goto(`/clusters/${cluster}/stop`);
  await page.getByRole('link', { name: 'Cancel' }).click();
  assert.ok(await ask(vip), 'cancelling stops nothing');
  const stop = page.getByRole('link', { name: 'Stop', exact: true });
  await page.locator('.live-status.live').waitFor();
  assert.ok(await stop.evaluate((link) => link.seen), 'what is the same stays: somebody may be pressing it');
  await stop.click();
  await page.getByRole('button', { name: 'Stop cluster guide' }).click();
  await shows(watching.page, 'web', { state: 'Stopped' });
  await watching.page.locator('#cluster-state').getByText('Stopped').waitFor();
  await until('nobody answers', async () => (await ask(vip)) === undefined);
  // Whoever watches can start it as well.
  await watching.page.getByRole('button', { name: 'Start guide' }).click();
  await page.goto(`/clusters/${cluster}/control`);
  await shows(page, 'web', { state: 'Serving' });
  await until('somebody answers', async () => ask(vip));
});

inBrowser('numbers never steal focus, scroll or typing', ready, async (open) => {
  const { page } = await open({ size: [900, 420] });
  await watch(page, cluster);
  const traffic = stream(vip);
  const filter = page.getByRole('searchbox');
  await filter.fill('rea');
  await filter.evaluate((field) => field.setSelectionRange(1, 2));
  await page.evaluate(() => window.scrollTo(0, 40));
  const before = await page.evaluate(() => window.scrollY);
  await until('the numbers move', async () => Number((await table(page)).web.rate) > 0);
  const seen = new Set();
  await until('the numbers have moved often', async () => seen.add((await table(page)).web.rate).size > 2);
  const after = await filter.evaluate((field) => [document.activeElement === field, field.value, field.selectionStart, field.selectionEnd]);
  assert.deepEqual(after, [true, 'rea', 1, 2]);
  assert.equal(await page.evaluate(() => window.scrollY), before);
  // A link in a row keeps the focus as well, while its row is written to.
  const link = page.locator('#live-rows').getByRole('link', { name: 'real1' });
  await link.focus();
  const box = await page.locator('.live-box').evaluate((box) => ((box.scrollLeft = 60), box.scrollLeft));
  seen.clear();
  await until('the numbers have moved again', async () => seen.add((await table(page)).web.rate).size > 2);
  assert.ok(await link.evaluate((link) => document.activeElement === link), 'the link has the focus');
  assert.equal(await page.locator('.live-box').evaluate((box) => box.scrollLeft), box);
  await traffic.end();
});

inBrowser('a stream that is cut makes the numbers stale, and its return live', ready, async (open) => {
  const { page, context, faults } = await open();
  faults.expect('/control/live', 'ERR_');
  await watch(page, cluster);
  await shows(page, 'web', { state: 'Serving' });
  await context.route('**/control/live*', (route) => route.abort('connectionfailed'));
  await page.getByRole('button', { name: 'Update information now' }).click();
  await page.locator('.live-status.stale', { hasText: /^Stale since \d+ s$/ }).waitFor();
  assert.ok(await page.locator('#live-rows[data-stale]').count(), 'the numbers are greyed');
  assert.ok(await page.locator('#cluster-state[data-stale]').count(), 'the state of the whole is not known either');
  await context.unroute('**/control/live*');
  await page.locator('.live-status.live').waitFor({ timeout: 40_000 });
  await page.locator('#live-rows:not([data-stale])').waitFor();
});

inBrowser('a console that goes away disturbs no traffic, and the table goes on when it is back', ready, async (open) => {
  const { page, faults } = await open();
  faults.expect('/control/live', 'ERR_');
  await watch(page, cluster);
  const mark = page.locator('#live-rows .is-serving .word').first();
  const color = () => mark.evaluate((word) => getComputedStyle(word).color);
  const good = await color();
  await console.stop();
  // At once: without a stream nothing is known, and unknown is never shown as good.
  await until('no mark is green', async () => (await color()) !== good, 1_500);
  assert.equal(await page.locator('[data-stale] .state').count(), await page.locator('#live-rows .state, #live-directors .state, #cluster-state .state, .rail .state').count());
  await page.locator('.live-status.stale').waitFor();
  assert.ok(await ask(vip), 'the cluster goes on');
  await console.serve();
  await page.locator('.live-status.live').waitFor({ timeout: 40_000 });
  await shows(page, 'web', { state: 'Serving' }, 40_000);
});

inBrowser('a director that is away is unknown, never good or zero', ready, async (open) => {
  const { page } = await open();
  await watch(page, cluster);
  await shows(page, 'web', { state: 'Serving' });
  await director.stop();
  await shows(page, 'web', { state: 'Unknown', active: '–', rate: '–' });
  await page.locator('#cluster-state').getByText('Unknown').waitFor();
  await page.locator('#cluster-words').getByText('away: vs1').waitFor();
  await director.start();
  await shows(page, 'web', { state: 'Serving', active: 0 });
});

inBrowser('pausing keeps the table still', ready, async (open) => {
  const { page, faults } = await open();
  await watch(page, cluster);
  await shows(page, 'web', { state: 'Serving' });
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.locator('.live-status.paused').waitFor();
  await director.stop();
  await until('the console has noticed', async () => {
    const other = await page.context().request.get('/directors');
    return (await other.text()).includes('Away');
  });
  await shows(page, 'web', { state: 'Serving' });
  // A question without an answer is not passed over.
  const stream = /control\/live/;
  faults.expect('control/live', 'Failed to load resource');
  await page.route(stream, (route) => route.fulfill({ status: 503 }));
  await page.getByRole('button', { name: 'Update information now' }).click();
  await page.locator('.live-status.stale').waitFor();
  await page.unroute(stream);
  await page.getByRole('button', { name: 'Update information now' }).click();
  await page.locator('.live-status.paused').waitFor();
  await shows(page, 'web', { state: 'Unknown' });
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.locator('.live-status.live').waitFor();
  await director.start();
  await shows(page, 'web', { state: 'Serving' });
});

inBrowser('rows come to a table that was empty, and the rail says what the header says', ready, async (open) => {
  const { page } = await open();
  await page.goto(`/clusters/${cluster}/control?state=unknown`);
  await page.locator('.live-status.live').waitFor();
  await page.locator('#live-nothing').getByText('Nothing matches').waitFor();
  const rail = page.locator(`#rail-${cluster} .word`);
  assert.equal(await rail.textContent(), 'Serving');
  await director.stop();
  await shows(page, 'web', { state: 'Unknown' });
  await until('the rail follows', async () => (await rail.textContent()) === 'Unknown');
  assert.equal(await page.locator('#live-nothing').textContent(), '');
  await director.start();
  await page.locator('#live-nothing').getByText('Nothing matches').waitFor();
});

inBrowser('filter and order stand in the address', ready, async (open) => {
  const { page } = await open();
  await watch(page, cluster);
  await page.getByRole('searchbox').fill('127.0.10.101');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=127\.0\.10\.101/);
  await page.locator('.live-status.live').waitFor();
  await shows(page, 'web', { state: 'Serving' });
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('link').click();
  await page.waitForURL(/q=127\.0\.10\.101.*sort=name/);
  assert.equal(await page.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort'), 'ascending');
  // Of a number the largest comes first.
  const active = page.getByRole('columnheader', { name: 'Active', exact: true });
  for (const [sort, order] of [['-active', 'descending'], ['active', 'ascending']]) {
    await active.getByRole('link').click();
    await page.waitForURL(new RegExp(`sort=${sort}$`));
    assert.equal(await active.getAttribute('aria-sort'), order);
  }
  await page.getByRole('searchbox').fill('nothing like it');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Show all' }).click();
  await shows(page, 'web', { state: 'Serving' });
});

inBrowser('the table copies in the four forms that ipvsadm prints', ready, async (open) => {
  const { page } = await open();
  await watch(page, cluster);
  await page.getByRole('link', { name: 'As ipvsadm text' }).click();
  const copied = async (form, pattern) => {
    await page.getByRole('navigation', { name: 'Forms' }).getByRole('link', { name: form }).click();
    await page.locator('main pre', { hasText: pattern }).waitFor();
    await page.getByRole('button', { name: 'Copy' }).click();
    return until('the text is copied', async () => {
      const text = await page.evaluate(() => navigator.clipboard.readText());
      return pattern.test(text) && text;
    });
  };
  const list = await copied('Connections', /ActiveConn InActConn\n/);
  assert.match(list, /^Prot LocalAddress:Port Scheduler Flags\n/);
  assert.match(list, new RegExp(`^TCP  ${vip.host}:${vip.port} wlc$`, 'm'));
  assert.match(list, new RegExp(`^  -> ${`127.0.10.100:${vip.port}`.padEnd(28)} Masq    5 `, 'm'));
  await copied('Totals', /InBytes OutBytes\n/);
  await copied('Rates', /InBPS   OutBPS\n/);
  await copied('Thresholds', /^Prot LocalAddress:Port {12}Uthreshold Lthreshold ActiveConn InActConn \n/);
});

inBrowser('columns, rows and updates are chosen once and remembered', ready, async (open) => {
  const { page } = await open();
  await watch(page, cluster);
  await page.locator('.menu.look > summary').click();
  await page.getByLabel('Weight', { exact: true }).uncheck();
  await page.getByLabel('Compact rows').check();
  await page.getByLabel('Update interval').selectOption('2');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.locator('.live-status.live').waitFor();
  assert.equal(await page.locator('.table.live.compact .c-weight').count(), 0);
  const height = await page.locator('#live-rows tr').first().evaluate((row) => row.getBoundingClientRect().height);
  assert.ok(Math.abs(height - 28) <= 1, `a compact row is 28 px tall, not ${height}`);
  await page.reload();
  await page.locator('.live-status.live').waitFor();
  assert.equal(await page.locator('.c-weight').count(), 0, 'it is remembered');
  // Without automatic updates the table waits until somebody asks.
  await page.locator('.menu.look > summary').click();
  await page.getByLabel('Auto update').uncheck();
  await page.getByRole('button', { name: 'Show' }).click();
  await page.locator('.live-status.paused').waitFor();
  await servers[1].stop();
  await until('the console has noticed', async () => (await (await page.context().request.get(`/clusters/${cluster}/control`)).text()).includes('is-failing'));
  assert.equal(await page.locator('#live-rows .is-failing').count(), 0, 'the page stands still');
  await page.getByRole('button', { name: 'Update information now' }).click();
  await page.locator('#live-rows .is-failing').first().waitFor();
  await servers[1].start();
});
