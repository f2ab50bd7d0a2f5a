// What an operator draws beside single virtual servers: settings, redundancy, monitoring scripts, many at once, copies,
// one machine in many virtual servers.

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { addServer, addService, fill, focused, submit } from './lib/acts.js';
import { stage } from './lib/stage.js';
import { consoleForTests, inBrowser } from './lib/visit.js';

const console = await consoleForTests();
const ready = () => console;
const { cluster, end } = await stage(console);
after(end);

const at = (path) => `/clusters/${cluster}/${path}`;

/** The names in the list of virtual servers that are not active. */
const inactive = (page) => page.locator('main tr.inactive .row-link').allTextContents();

inBrowser('global settings and redundancy are forms that keep what is wrong and save what is right', ready, async (open) => {
  const { page, faults } = await open();
  faults.expect(/POST .*\/settings answered 422/, /POST .*\/redundancy answered 422/);
  await page.goto(at('services'));
  await page.getByRole('link', { name: 'Global settings' }).click();
  await fill(page, { nat_router: '127.0.10.300', tcp_timeout: '600' });
  await submit(page);
  await focused(page.locator('#errors'));
  assert.equal(await page.inputValue('[name=nat_router]'), '127.0.10.300');
  await fill(page, { nat_router: '127.0.10.254' });
  await submit(page);
  await page.getByText('Saved the global settings to the draft.').waitFor();
  assert.equal(await page.inputValue('[name=tcp_timeout]'), '600');
  await page.getByRole('link', { name: 'Redundancy' }).click();
  await page.getByText('directors act on it in a later version').waitFor();
  await fill(page, { keepalive: '9', deadtime: '5', syncdaemon: true });
  await submit(page);
  assert.notEqual(await page.locator('#e-deadtime').textContent(), '');
  await page.getByText('Group, port, TTL and length').click();
  await fill(page, { deadtime: '30', syncd_port: '9000' });
  await submit(page);
  await page.getByText('Saved the redundancy to the draft.').waitFor();
  assert.equal(await page.inputValue('[name=syncd_port]'), '9000');
  await page.getByRole('link', { name: 'Review changes' }).click();
  await page.getByText('eth0, Sync daemon ID 0, Sync daemon port 9000').waitFor();
});

inBrowser('monitoring scripts are the third page of a virtual server', ready, async (open) => {
  const { page } = await open();
  await page.goto(at('services'));
  await page.locator('main').getByRole('link', { name: 'web', exact: true }).click();
  await page.getByRole('link', { name: 'Monitoring scripts' }).click();
  await page.getByText('No connected director offers a program').waitFor();
  await page.getByRole('radio', { name: 'By a question and its answer' }).check();
  await fill(page, { send: 'GET / HTTP/1.0\\r\\n\\r\\n', expect: 'HTTP', use_regex: true });
  await submit(page);
  await page.getByText('Saved the monitoring scripts of web to the draft.').waitFor();
  assert.ok(await page.getByRole('radio', { name: 'By a question and its answer' }).isChecked());
  assert.equal(await page.inputValue('[name=send]'), 'GET / HTTP/1.0\\r\\n\\r\\n');
});

inBrowser('many virtual servers are switched and deleted by their boxes, and searched ones all at once', ready, async (open) => {
  const { page } = await open();
  for (const n of [1, 2, 3]) await addService(page, cluster, { name: `many${n}`, address: '127.0.0.50', ports: String(8050 + n), note: n === 1 ? 'ticket 12' : '' });
  await page.goto(`${at('services')}?q=many`);
  assert.equal(await page.locator('.note-mark').getAttribute('title'), 'ticket 12');
  assert.ok(await page.getByRole('button', { name: 'Delete…' }).isDisabled(), 'nothing is ticked');
  await page.getByRole('checkbox', { name: 'Tick many1' }).check();
  await page.getByRole('checkbox', { name: 'Tick many3' }).check();
  assert.equal(await page.locator('#bulk output').textContent(), '2 ticked');
  await page.locator('#bulk').getByRole('button', { name: 'Deactivate' }).click();
  await page.getByText('Deactivated 2 virtual servers in the draft.').waitFor();
  assert.deepEqual(await inactive(page), ['many1', 'many3']);
  assert.equal(new URL(page.url()).search, '?q=many', 'the search is kept');
  await page.getByRole('checkbox', { name: 'All on this page' }).check();
  await page.locator('#bulk').getByRole('button', { name: 'Activate', exact: true }).click();
  await page.getByText('Activated 2 virtual servers in the draft.').waitFor();
  assert.deepEqual(await inactive(page), []);
  await page.getByRole('checkbox', { name: 'All on this page' }).check();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('heading', { name: 'Delete 3 virtual servers?' }).waitFor();
  await page.getByText('many1, many2, many3').waitFor();
  await page.getByRole('button', { name: 'Delete 3 virtual servers' }).click();
  await page.getByText('Deleted 3 virtual servers from the draft.').waitFor();
  await page.getByText('Nothing matches “many”').waitFor();
});

inBrowser('boxes and buttons work without script', ready, async (open) => {
  const { page } = await open({ script: false });
  for (const n of [1, 2]) await addService(page, cluster, { name: `plain${n}`, address: '127.0.0.51', ports: String(8060 + n) });
  await page.goto(`${at('services')}?q=plain`);
  await page.getByRole('checkbox', { name: 'Tick plain2' }).check();
  await page.locator('#bulk').getByRole('button', { name: 'Deactivate' }).click();
  await page.getByText('Deactivated 1 virtual server in the draft.').waitFor();
  assert.deepEqual(await inactive(page), ['plain2']);
  await page.locator('#bulk').getByRole('button', { name: 'Activate', exact: true }).click();
  await page.getByText('Nothing was ticked').waitFor();
});

inBrowser('a virtual server is copied within its cluster and into another one', ready, async (open) => {
  const { page, faults } = await open();
  faults.expect(/POST .*\/services\/copy answered 422/);
  const other = await console.importCluster('mirror', 'serial_no = 1\nprimary = 127.0.0.1\nservice = lvs\nnetwork = direct\n');
  await page.goto(at('services'));
  await page.locator('main').getByRole('link', { name: 'web', exact: true }).click();
  await page.locator('main').getByRole('link', { name: 'Copy', exact: true }).click();
  await submit(page);
  await page.locator('#e-ports').getByText('takes this traffic already').waitFor();
  await fill(page, { address: '127.0.0.52' });
  await submit(page);
  await page.getByText('Copied to the draft of guide as web-2.').waitFor();
  await page.locator('main').getByRole('link', { name: 'Copy', exact: true }).click();
  await fill(page, { to: String(other) });
  await page.getByRole('button', { name: 'Choose' }).click();
  await page.getByText('Real servers without a forwarding method').waitFor();
  await page.getByRole('button', { name: 'Copy to the draft of mirror' }).click();
  await page.getByText('Copied to the draft of mirror as web-2.').waitFor();
  await page.getByRole('link', { name: 'Real servers (3)' }).waitFor();
});

inBrowser('one machine is changed in all its virtual servers at once', ready, async (open) => {
  const { page, faults } = await open();
  faults.expect(/POST .*\/machines\/127.0.10.100 answered 422/);
  await addService(page, cluster, { name: 'mail', address: '127.0.0.53', ports: '8025' });
  await addServer(page, { server_name: 'mx', server_address: '127.0.10.100', weight: '2' });
  await page.goto(at('machines'));
  await page.getByRole('searchbox').fill('mail');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.locator('main').getByRole('link', { name: '127.0.10.100' }).click();
  const rows = page.locator('main tbody tr');
  const weights = () => rows.locator('td:nth-child(7)').allTextContents();
  const count = await rows.count();
  assert.ok(count >= 2, 'the guide has it in web');
  await fill(page, { weight: 'many' });
  await page.getByRole('button', { name: 'Set weight' }).click();
  assert.notEqual(await page.locator('#e-weight').textContent(), '');
  await fill(page, { weight: '7' });
  await page.getByRole('button', { name: 'Set weight' }).click();
  await page.getByText(`Set the weight of 127.0.10.100 to 7 in ${count} virtual servers of the draft.`).waitFor();
  assert.deepEqual(new Set(await weights()), new Set(['7']));
  await page.getByRole('checkbox', { name: 'Change it in web', exact: true }).uncheck();
  await page.getByRole('button', { name: 'Drain' }).click();
  await page.getByText(`in ${count - 1} virtual server`).waitFor();
  assert.equal((await weights()).filter((weight) => weight === '7').length, 1, 'web keeps its weight');
  await page.locator('main').getByRole('button', { name: 'Deactivate' }).click();
  await page.getByText(`Deactivated 127.0.10.100 in ${count} virtual servers`).waitFor();
  assert.equal(await page.locator('main tr.inactive').count(), count);
  await fill(page, { server_name: 'machine-100' });
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByText('Renamed 127.0.10.100 to machine-100').waitFor();
  await page.goto(at('changes'));
  await page.getByText('machine-100').first().waitFor();
});
