// Without JavaScript every page is read and every form is posted.

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { addServer, addService, apply, fill, logIn, submit, table } from './lib/acts.js';
import { Console } from './lib/console.js';
import { stage } from './lib/stage.js';
import { hold } from './lib/traffic.js';
import { consoleForTests, inBrowser } from './lib/visit.js';
import { until } from './lib/wait.js';

const console = await consoleForTests();
const ready = () => console;
const { vip, servers, cluster, end } = await stage(console);
after(end);

inBrowser('the first look has numbers already', ready, async (open) => {
  const { page } = await open({ script: false });
  await page.goto(`/clusters/${cluster}/control`);
  assert.equal((await table(page)).web.active, '0');
});

inBrowser('log in, edit, apply, see the table', ready, async (open) => {
  const { page } = await open({ as: null, script: false });
  await logIn(page, Console.user);
  await page.waitForURL((url) => url.pathname === '/');
  await page.getByRole('link', { name: 'guide' }).first().click();
  await page.getByRole('link', { name: 'Virtual servers' }).first().click();
  await page.getByRole('link', { name: /of 3 active/ }).click();
  await page.getByRole('link', { name: 'real1', exact: true }).click();
  await fill(page, { weight: '4' });
  await submit(page);
  await page.getByText('Saved real1 to the draft.').waitFor();
  await page.getByRole('link', { name: 'Review changes' }).click();
  await fill(page, { message: 'Without script' });
  await submit(page);
  await page.getByText('Applied as generation 2.').waitFor();
  // While something moves, the page asks again by itself.
  await page.locator('table.progress').getByText('Applied and verified').waitFor();
  await page.getByRole('link', { name: 'Control / Monitoring' }).first().click();
  const held = await hold(vip, 5);
  const wanted = { web: 5, weight: 4 };
  const seen = async () => {
    await page.getByRole('link', { name: 'Update information now' }).click();
    const rows = await table(page);
    return { web: Number(rows.web.active), weight: Number(rows.real1.weight) };
  };
  await until('the table shows it after "Update information now"', async () => {
    const now = await seen();
    return now.web === wanted.web && now.weight === wanted.weight;
  });
  held.end();
  assert.equal((await table(page)).real1.state, 'Serving');
});

inBrowser('add, stop, start, log out', ready, async (open) => {
  const { page } = await open({ script: false });
  const service = await addService(page, cluster, { name: 'more', address: vip.host, ports: '8888' });
  await addServer(page, { server_name: 'm1', server_address: servers[0].host, server_port: String(servers[0].port) });
  await page.goto(`/clusters/${cluster}/services/${service}`);
  // Folded parts open without script.
  await page.getByText('Persistence', { exact: true }).click();
  await fill(page, { persistent: '300' });
  await submit(page);
  await page.getByText('Saved more to the draft.').waitFor();
  await apply(page, cluster, 'One more');
  await page.getByRole('link', { name: 'Stop', exact: true }).click();
  await page.getByLabel('Type 2 to confirm').fill('2');
  await page.getByRole('button', { name: 'Stop cluster guide' }).click();
  await page.locator('#cluster-state').getByText('Stopped').waitFor();
  await page.getByRole('button', { name: /^Start/ }).click();
  await page.locator('.notice').getByText('is starting').waitFor();
});

inBrowser('theme, language and the phone’s menu', ready, async (open) => {
  const { page } = await open({ script: false, size: [360, 740] });
  await page.goto('/clusters');
  await page.locator('.menu.theme > summary').click();
  await page.getByRole('button', { name: 'Dark', exact: true }).click();
  await page.locator('html[data-theme=dark]').waitFor();
  await page.locator('.menu-button').click();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Directors' }).click();
  await page.getByRole('heading', { name: 'Directors', exact: true }).waitFor();
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('heading', { name: '调度器', exact: true }).waitFor();
});
