// Forms: what is typed is never lost, two people at once lose nothing, and impatience does no harm.

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

/** Opens a virtual server's form by its name. */
async function openService(page, name) {
  await page.goto(at('services'));
  await page.locator('main').getByRole('link', { name, exact: true }).click();
  await page.locator('main form.form').waitFor();
}

inBrowser('what is wrong stands beside each field and in a summary, and what was typed stays', ready, async (open) => {
  const { page, faults } = await open();
  faults.expect(/POST .*\/services\/new answered 422/);
  await page.goto(at('services/new'));
  const typed = { name: 'mail', address: '10.0.0.300', ports: '99999', timeout: 'soon' };
  await fill(page, typed);
  await submit(page);
  const summary = page.locator('#errors');
  await focused(summary);
  assert.equal(await summary.getByRole('listitem').count(), 3);
  for (const [name, value] of Object.entries(typed)) assert.equal(await page.inputValue(`[name=${name}]`), value);
  for (const name of ['address', 'ports', 'timeout']) {
    const field = page.locator(`[name=${name}]`);
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    assert.notEqual(await page.locator(`#e-${name}`).textContent(), '');
  }
  await summary.getByRole('link').nth(1).click();
  await focused(page.locator('[name=ports]'));
  await fill(page, { address: '127.0.0.9', ports: '25', timeout: '6' });
  await submit(page);
  await page.getByText('Added virtual server mail to the draft').waitFor();
});

inBrowser('forgiving input comes back in its canonical form', ready, async (open) => {
  const { page } = await open();
  const service = await addService(page, cluster, { name: 'v6', address: ' [2001:DB8:0:0::0010] ', ports: ' 443 ' });
  await page.goto(at(`services/${service}`));
  assert.equal(await page.inputValue('[name=address]'), '2001:db8::10');
  assert.equal(await page.inputValue('[name=ports]'), '443');
});

inBrowser('two tabs: what only one changed is kept', ready, async (open) => {
  const { context, page: mine } = await open();
  await addService(mine, cluster, { name: 'both', address: '127.0.0.11', ports: '8011' });
  const theirs = await context.newPage();
  await openService(mine, 'both');
  await openService(theirs, 'both');
  // Different fields: both stay.
  await fill(theirs, { timeout: '9' });
  await submit(theirs);
  await theirs.getByText('Saved both to the draft.').waitFor();
  await fill(mine, { reentry: '77' });
  await submit(mine);
  await mine.getByText('Saved both to the draft.').waitFor();
  assert.equal(await mine.inputValue('[name=timeout]'), '9');
  assert.equal(await mine.inputValue('[name=reentry]'), '77');
});

inBrowser('a plan that somebody changed meanwhile is not applied unseen', ready, async (open) => {
  const { context, page, faults } = await open();
  faults.expect(/POST .*\/apply answered 409/);
  await page.goto(at('changes'));
  const other = await context.newPage();
  await addService(other, cluster, { name: 'late', address: '127.0.0.12', ports: '8012' });
  await fill(page, { message: 'What I reviewed' });
  await submit(page);
  await page.getByText('Nothing was applied: admin changed the draft').waitFor();
  await page.getByRole('rowheader', { name: 'Virtual server late' }).waitFor();
  assert.equal(await page.inputValue('[name=message]'), 'What I reviewed');
});

inBrowser('a double click applies once', ready, async (open) => {
  const { page } = await open();
  const posts = [];
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
  await openService(page, 'web');
  await fill(page, { reentry: '3' });
  await submit(page);
  await page.getByText('Saved web to the draft.').waitFor();
  posts.length = 0;
  await page.goto(at('changes'));
  await page.locator('main form.form .button.primary').dblclick();
  await page.getByText(/^Applied as generation 2\.$/).waitFor();
  assert.equal(posts.length, 1, posts.join(', '));
  // The same form once more, from another tab that was opened before: harmless too.
  await page.goBack();
  await page.goto(at('changes'));
  await page.getByText('The draft is what is applied (generation 2).').waitFor();
});

inBrowser('leaving with unsaved input asks first', ready, async (open) => {
  const { page } = await open();
  const asked = [];
  let answer = 'dismiss';
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    return dialog[answer]();
  });
  await openService(page, 'web');
  const here = page.url();
  const leave = () => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Directors' }).click();
  // Untouched, it lets go at once.
  await leave();
  await page.waitForURL('**/directors');
  assert.deepEqual(asked, []);
  await page.goto(here);
  await page.locator('[name=reentry]').pressSequentially('9');
  await leave();
  await page.waitForTimeout(200);
  assert.deepEqual([page.url(), asked], [here, ['beforeunload']]);
  assert.match(await page.inputValue('[name=reentry]'), /9/);
  answer = 'accept';
  await leave();
  await page.waitForURL('**/directors');
  // Saving is not leaving.
  asked.length = 0;
  await page.goto(here);
  await page.locator('[name=reentry]').fill('4');
  await submit(page);
  await page.getByText('Saved web to the draft.').waitFor();
  assert.deepEqual(asked, []);
});

inBrowser('deactivate, delete and discard ask for what they cost and do what they say', ready, async (open) => {
  const { page } = await open();
  await addService(page, cluster, { name: 'gone', address: '127.0.0.13', ports: '8013' });
  await addServer(page, { server_name: 'g1', server_address: '127.0.10.100', weight: '2' });
  await page.getByRole('button', { name: 'Deactivate g1' }).click();
  await page.getByText('Deactivated g1 in the draft.').waitFor();
  await page.getByRole('button', { name: 'Activate g1' }).click();
  await page.getByText('Activated g1 in the draft.').waitFor();
  await page.getByRole('link', { name: 'g1', exact: true }).click();
  await page.getByRole('link', { name: 'Delete', exact: true }).click();
  await page.getByText('It is the last active real server of gone').waitFor();
  await page.getByRole('button', { name: 'Delete real server g1' }).click();
  await page.getByText('Deleted real server g1 from the draft.').waitFor();
  await openService(page, 'gone');
  await page.getByRole('link', { name: 'Delete', exact: true }).click();
  await page.getByRole('button', { name: 'Delete virtual server gone' }).click();
  await page.getByText('Deleted virtual server gone from the draft.').waitFor();
  await page.goto(at('changes'));
  await page.getByRole('link', { name: 'Discard draft' }).click();
  await page.getByRole('button', { name: /^Discard \d+ changes?$/ }).click();
  await page.getByText('The draft is what is applied again.').waitFor();
  await page.getByRole('heading', { name: 'Nothing to apply' }).waitFor();
});

inBrowser('an old lvs.cf comes in with what it loses, or is refused at its line', ready, async (open) => {
  const { page, faults } = await open();
  faults.expect('POST /clusters/import answered 422');
  await page.goto('/clusters/import');
  const text = 'serial_no = 1\nprimary = 127.0.0.1\nservice = lvs\nvirtual web {\n  active = 1\n  address = 127.0.0.20 eth0:1\n  port = 99999\n}\n';
  await fill(page, { cluster_name: 'old', text: text.replace('active = 1', 'aktive = 1') });
  await submit(page);
  await page.getByRole('heading', { name: 'The file cannot be read' }).waitFor();
  await page.getByText('Line 5, column').waitFor();
  await fill(page, { text });
  await submit(page);
  await page.getByRole('heading', { name: 'Import old' }).waitFor();
  await page.getByRole('heading', { name: 'Looks wrong (1)' }).waitFor();
  await submit(page);
  await page.getByText('Imported old as a draft with 1 virtual server.').waitFor();
  await page.getByRole('link', { name: 'web', exact: true }).waitFor();
});
