// Saved tables in and out, real servers, the doctor, and what a plan means for a director's table.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after } from 'node:test';

import { fill, firstOf, submit } from './lib/acts.js';
import { stage } from './lib/stage.js';
import { consoleForTests, inBrowser } from './lib/visit.js';

const console = await consoleForTests();
const ready = () => console;
const { cluster, end } = await stage(console);
after(end);

const SAVED = `-A -t 192.0.2.80:443 -s sh -p 600 -b sh-port
-a -t 192.0.2.80:443 -r 10.0.0.1:443 -g -w 2
-a -t 192.0.2.80:443 -r 10.0.0.2:443 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum
-A -f 7 -6 -s wlc
`;

inBrowser('a saved table is refused under its line, then asked about, then imported', ready, async (open) => {
  const { page, faults } = await open();
  faults.expect(/POST .*\/clusters\/import answered 422/);
  await page.goto('/clusters/import');
  await fill(page, { cluster_name: 'old', text: SAVED.replace('10.0.0.1:443', 'real1:https') });
  await submit(page);
  const fault = page.locator('#fault');
  await fault.getByText('Line 2, column 25').waitFor();
  assert.equal(await fault.locator('mark').textContent(), 'real1:https');
  assert.match(await fault.textContent(), /ipvsadm-save -n/);

  await fill(page, { text: SAVED });
  await submit(page);
  await page.getByText('Not said in the file').first().waitFor();
  await fill(page, { tcp_timeout: 'ten minutes', upper_threshold: '5', lower_threshold: '9', syncd_id: '3' });
  await submit(page);
  const summary = page.locator('#errors');
  await summary.waitFor();
  assert.equal(await summary.getByRole('listitem').count(), 3);
  assert.equal(await page.inputValue('[name=tcp_timeout]'), 'ten minutes');
  await fill(page, { tcp_timeout: '600', upper_threshold: '90', lower_threshold: '60', syncd_iface: 'eth1' });
  await submit(page);
  await page.waitForURL(/\/services$/);
  await page.getByText('tcp 192.0.2.80:443').first().waitFor();
});

inBrowser('a cluster is exported in both formats', ready, async (open) => {
  const { page } = await open();
  await page.goto(`/clusters/${cluster}/edit`);
  await page.locator('main').getByRole('link', { name: 'Export' }).click();
  for (const [label, name, begins] of [
    ['Download ipvsadm.rules', 'ipvsadm.rules', '-A -t 127.0.0.2:'],
    ['Download lvs.cf', 'lvs.cf', 'serial_no ='],
  ]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: label }).click()]);
    assert.equal(download.suggestedFilename(), name);
    assert.ok((await readFile(await download.path(), 'utf8')).startsWith(begins));
  }
});

inBrowser('a firewall mark gathers ports, and each real server has a method and a tunnel of its own', ready, async (open) => {
  const { page, faults } = await open();
  faults.expect(/POST .*\/servers\/new answered 422/);
  await page.goto(`/clusters/${cluster}/services/new`);
  await page.locator('summary', { hasText: 'Firewall mark' }).click();
  await fill(page, { name: 'marked', address: '127.0.0.60', ports: '8443, 8080-8090', fwmark: '17' });
  await submit(page);
  await page.waitForURL(/\/services\/\d+\/servers$/);
  await page.locator('main').getByRole('link', { name: 'Add real server' }).click();
  await page.locator('summary', { hasText: 'Tunnel' }).click();
  await fill(page, { server_name: 'far1', server_address: '127.0.10.61', forwarding: 'gue', tunnel_port: '70000', tunnel_csum: 'csum' });
  await submit(page);
  assert.notEqual(await page.locator('#e-tunnel_port').textContent(), '');
  assert.ok(await page.locator('[name=tunnel_port]').isVisible(), 'what is wrong is not folded away');
  await fill(page, { tunnel_port: '6080' });
  await submit(page);
  await page.waitForURL(/\/servers$/);
  await page.locator('main').getByRole('link', { name: 'far1', exact: true }).click();
  assert.equal(await page.inputValue('[name=forwarding]'), 'gue');
  assert.equal(await page.inputValue('[name=tunnel_port]'), '6080');
  assert.equal(await page.inputValue('[name=tunnel_csum]'), 'csum');
  await page.goto(`/clusters/${cluster}/changes`);
  await page.getByText('8080-8090').first().waitFor();
});

inBrowser('a real server is added in its role', ready, async (open) => {
  const { page } = await open();
  await page.goto('/directors/new');
  await fill(page, { name: 'real9' });
  await page.getByRole('radio', { name: 'Real server' }).check();
  await submit(page);
  await page.getByText('Run this once on real9').waitFor();
  await page.goto('/directors');
  assert.match(await page.locator('tr', { hasText: 'real9' }).textContent(), /Real server/);
});

for (const script of [true, false]) {
  inBrowser(`a director is examined ${script ? 'with' : 'without'} script`, ready, async (open) => {
    const { page } = await open({ script });
    await page.goto('/directors/1');
    const doctor = page.locator('#doctor');
    await doctor.getByRole('button', { name: /Examine this machine|Ask again/ }).click();
    await page.waitForURL(/\/directors\/1#doctor$/);
    await doctor.getByRole('button', { name: 'Ask again' }).waitFor();
    assert.match(await doctor.textContent(), /Examined/);
    // The embedded data plane's VIP is on loopback, and so are its servers.
    assert.doesNotMatch(await doctor.textContent(), /The virtual address/);
  });
}

inBrowser("a plan says what it means for the director's table", ready, async (open) => {
  const { page } = await open();
  const { service, server } = await firstOf(page, cluster);
  await page.goto(`/clusters/${cluster}/services/${service}/servers/${server}`);
  await fill(page, { weight: '5' });
  await submit(page);
  await page.goto(`/clusters/${cluster}/changes`);
  const row = page.getByRole('table', { name: "In the directors' tables" }).locator('tr', { hasText: 'vs1' });
  await row.getByText('change the weight of 1 destination').waitFor();
  assert.match(await row.textContent(), /live connection/);
});
