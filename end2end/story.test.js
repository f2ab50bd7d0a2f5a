// The main job from an empty console to live traffic, by clicks alone: what an operator does on the first day.

import assert from 'node:assert/strict';

import { addServer, addService, awake, fill, shows, submit, table } from './lib/acts.js';
import { ground } from './lib/stage.js';
import { answers, ask, hold, spread } from './lib/traffic.js';
import { consoleForTests, inBrowser } from './lib/visit.js';
import { same, until } from './lib/wait.js';

const ready = consoleForTests();

inBrowser('a cluster from an empty console to live traffic', () => ready, async (open) => {
  const console = await ready;
  const { vip, servers } = await ground();
  const [real1, real2] = servers;
  const { page } = await open();

  // A cluster.
  await page.goto('/clusters');
  await page.getByRole('heading', { name: 'No cluster yet' }).waitFor();
  await page.getByRole('link', { name: 'New cluster' }).click();
  await fill(page, { cluster_name: 'shop' });
  await submit(page);
  await page.getByText('Created cluster shop.').waitFor();
  const cluster = Number(/clusters\/(\d+)/.exec(page.url())[1]);

  // Its director: the page shows one command, and what it says is what the agent is started with.
  await page.goto(`/directors/new?cluster=${cluster}`);
  await fill(page, { name: 'vs1' });
  await submit(page);
  const command = await page.locator('.copy code').textContent();
  assert.match(command, /^arapaima-agent run /m);
  await page.getByRole('button', { name: 'Copy' }).click();
  await same('what was copied', () => page.evaluate(() => navigator.clipboard.readText()), command);
  const token = /--token[ =]'?(arp1\.[\w.-]+)/.exec(command)[1];
  await console.agent('vs1', token);
  await until('the director is connected', async () => {
    await page.goto('/directors');
    return page.locator('main tr', { hasText: 'vs1' }).getByText('Connected').isVisible();
  });

  // A virtual service and two real servers: drafted, nothing more.
  await addService(page, cluster, { name: 'web', address: vip.host, ports: String(vip.port), timeout: '1', reentry: '2' });
  await page.getByText('Added virtual server web to the draft').waitFor();
  for (const { name, host } of servers) {
    await addServer(page, { server_name: name, server_address: host, weight: '1' });
  }
  assert.equal(await ask(vip), undefined, 'a draft serves nobody');

  // What would change, why, and on its way to the director.
  await page.getByRole('region', { name: 'State of the cluster' }).getByRole('link', { name: /^Changes \(\d+\)$/ }).first().click();
  const plan = page.locator('main table').first();
  await plan.getByText('Virtual server web').waitFor();
  for (const { name, host } of servers) await plan.getByText(`Add real server ${name} (${host}, weight 1)`).waitFor();
  await fill(page, { message: 'Open the shop' });
  assert.ok(await page.getByLabel('Start the cluster with it').isChecked(), 'the first apply starts the cluster unless told otherwise');
  await submit(page);
  await page.getByText('Applied as generation 1.').waitFor();
  await page.locator('table.progress tr', { hasText: 'vs1' }).getByText('Applied and verified').waitFor();

  // Traffic, and the browser shows it without being asked.
  await page.getByRole('link', { name: 'Control / Monitoring' }).first().click();
  await page.locator('.live-status.live').waitFor();
  const opened = page.url();
  await page.evaluate(() => (window.sameDocument = true));
  await shows(page, 'web', { state: 'Serving', active: 0 });
  const held = await hold(vip, 6);
  await shows(page, 'web', { active: 6 });
  await shows(page, 'real1', { active: 3 });
  await shows(page, 'real2', { active: 3 });
  held.end();
  await shows(page, 'web', { active: 0 });
  assert.deepEqual(await spread(vip, 4), { real1: 2, real2: 2 });
  await until('the requests show as a rate', async () => {
    await spread(vip, 10);
    const rows = await table(page);
    return ['web', 'real1', 'real2'].every((name) => Number(rows[name].rate) > 0 && Number(rows[name].out) > 0);
  });

  // A real server dies, and comes back.
  await real1.stop();
  await shows(page, 'real1', { state: 'Failing' });
  await shows(page, 'web', { state: 'Degraded' });
  await page.locator('#cluster-state').getByText('Degraded').waitFor();
  assert.deepEqual(await answers(vip, 10), { real2: 10 }, 'the other takes over');
  await real1.start();
  await shows(page, 'real1', { state: 'Serving' });
  await shows(page, 'web', { state: 'Serving' });
  assert.deepEqual(await spread(vip, 4), { real1: 2, real2: 2 });

  assert.equal(page.url(), opened);
  assert.ok(await page.evaluate(() => window.sameDocument), 'all of it without loading the page again');

  // Stop, which asks and says what it costs; start.
  const cut = await hold(vip, 2);
  await shows(page, 'web', { active: 2 });
  await page.getByRole('link', { name: 'Stop', exact: true }).click();
  await page.getByText('2 established connections will be cut.').waitFor();
  assert.equal((await ask(vip)) !== undefined, true, 'asking stops nothing');
  await page.getByRole('button', { name: 'Stop cluster shop' }).click();
  await page.locator('#cluster-state').getByText('Stopped').waitFor();
  await until('nobody answers', async () => (await ask(vip)) === undefined);
  cut.end();
  await page.getByRole('button', { name: /^Start/ }).click();
  await page.locator('#cluster-state').getByText('Serving').waitFor();
  await until('the cluster answers again', async () => (await ask(vip)) !== undefined);
  await awake(page);
  await shows(page, 'web', { state: 'Serving' });
  await real2.stop();
  await real1.stop();
});
