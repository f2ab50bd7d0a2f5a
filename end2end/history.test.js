// Two people at once, single changes taken back, and the way back to what was applied before.

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { addService, apply, fill, submit } from './lib/acts.js';
import { stage } from './lib/stage.js';
import { consoleForTests, inBrowser } from './lib/visit.js';

const console = await consoleForTests();
const ready = () => console;
const { cluster, end } = await stage(console);
after(end);

const at = (path) => `/clusters/${cluster}/${path}`;

async function openService(page, name) {
  await page.goto(at('services'));
  await page.locator('main').getByRole('link', { name, exact: true }).click();
  await page.locator('main form.form').waitFor();
}

/** Another tab saves a virtual server while this one has it open. */
async function both(context, mine, name, theirs, typed) {
  const other = await context.newPage();
  await openService(mine, name);
  await openService(other, name);
  await fill(other, theirs);
  await submit(other);
  await other.getByText(`Saved ${name} to the draft.`).waitFor();
  await other.close();
  await fill(mine, typed);
  await submit(mine);
  await mine.getByRole('heading', { name: `${name}: two people edited it` }).waitFor();
}

for (const script of [true, false]) {
  const name = script ? 'both' : 'plain';
  inBrowser(`what both changed is chosen field by field, ${script ? 'with' : 'without'} script`, ready, async (open) => {
    const { context, page, faults } = await open({ script });
    faults.expect(/POST .*\/services\/\d+ answered 409/);
    await addService(page, cluster, { name, address: '127.0.0.51', ports: script ? '8051' : '8052' });
    await both(context, page, name, { scheduler: 'rr', timeout: '9', reentry: '50' }, { scheduler: 'sed', timeout: '12', quiesce_server: true });
    const row = (field) => page.locator('.three-way tr').filter({ has: page.getByRole('rowheader', { name: field }) });
    assert.deepEqual(await row('Scheduler').locator('td').allTextContents(), ['wlc', 'rr', 'sed']);
    assert.equal(await page.locator('.three-way input:checked').count(), 0, 'nobody has chosen yet');
    // One choice left out: it is asked for, the other one stays.
    await page.getByRole('radio', { name: 'Check interval, yours: 12' }).check();
    await page.getByRole('button', { name: 'Save these choices' }).click();
    await page.getByText('Both of you changed it').first().waitFor();
    assert.ok(await page.getByRole('radio', { name: 'Check interval, yours: 12' }).isChecked());
    await page.getByRole('radio', { name: 'Scheduler, saved meanwhile: rr' }).check();
    await page.getByRole('button', { name: 'Save these choices' }).click();
    await page.getByText(`Saved ${name} to the draft.`).waitFor();
    const saved = await Promise.all(['scheduler', 'timeout', 'reentry'].map((field) => page.inputValue(`[name=${field}]`)));
    assert.deepEqual(saved, ['rr', '12', '50']);
    assert.ok(await page.isChecked('[name=quiesce_server]'));
  });
}

inBrowser('a single change goes back, the others stay', ready, async (open) => {
  const { page } = await open();
  await apply(page, cluster, 'Before the changes');
  await openService(page, 'web');
  await fill(page, { timeout: '7', reentry: '8' });
  await submit(page);
  await page.getByText('Saved web to the draft.').waitFor();
  await page.goto(at('changes'));
  await page.getByText('Check interval: 1 → 7').waitFor();
  await page.getByRole('button', { name: 'Revert: Check interval: 1 → 7' }).click();
  await page.getByText('Reverted. The rest of the draft is as it was.').waitFor();
  assert.equal(await page.getByText('Check interval:').count(), 0);
  await page.getByText('Re-entry time: 2 → 8').waitFor();
  // Two at once go back as a whole, too.
  await openService(page, 'web');
  await fill(page, { timeout: '7' });
  await submit(page);
  await page.goto(at('changes'));
  await page.getByRole('button', { name: 'Revert all of it: Virtual server web' }).click();
  await page.getByRole('heading', { name: 'Nothing to apply' }).waitFor();
});

inBrowser('the history leads back, and a draft survives it', ready, async (open) => {
  const { page, faults } = await open();
  faults.expect(/POST .*\/rollback answered 422/);
  await addService(page, cluster, { name: 'mail', address: '127.0.0.61', ports: '8061' });
  await apply(page, cluster, 'With mail');
  const now = Number(/generation (\d+)/.exec(await page.locator('.notice.done').textContent())[1]);
  await addService(page, cluster, { name: 'news', address: '127.0.0.62', ports: '8062' });
  await page.goto(at('history'));
  await page.getByText('“With mail”').waitFor();
  // The newest against the one before is what the form compares at first.
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('heading', { name: `From generation ${now - 1} to ${now}` }).waitFor();
  await page.getByRole('rowheader', { name: 'Virtual server mail' }).waitFor();
  await page.goto(at(`history/1`));
  await page.getByRole('link', { name: 'Roll back to this' }).click();
  await page.getByRole('heading', { name: 'Roll back to generation 1' }).waitFor();
  const confirm = page.locator('[name=confirm]');
  assert.equal(await confirm.count(), 1, 'most of it ends');
  await fill(page, { message: 'It was better', confirm: '1' });
  await submit(page);
  await page.locator('#e-confirm').waitFor();
  assert.equal(await page.inputValue('[name=message]'), 'It was better');
  const ending = /(\d+)/.exec(await page.locator('#e-confirm').textContent())[1];
  await confirm.fill(ending);
  await submit(page);
  await page.getByText(`Rolled back to generation 1, as generation ${now + 1}. The draft was kept`).waitFor();
  await page.getByRole('rowheader', { name: 'Virtual server news' }).waitFor();
  await page.goto(at('history'));
  await page.getByText('“It was better”').waitFor();
  await page.locator('.tag', { hasText: 'current' }).waitFor();
});

inBrowser('a revision is downloaded byte for byte', ready, async (open) => {
  const { page } = await open();
  await page.goto(at('history/1'));
  const hash = await page.locator('.copy code').textContent();
  await page.getByRole('link', { name: 'Export' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download generation 1' }).click();
  const { createReadStream } = await import('node:fs');
  const { createHash } = await import('node:crypto');
  const sha = createHash('sha256');
  for await (const part of createReadStream(await (await download).path())) sha.update(part);
  assert.equal(sha.digest('hex'), hash.trim());
});
