// Every page, looked at: accessible in both themes, wide and narrow, no text too small, nothing that makes the page
// scroll sideways, no English left over in Chinese, nothing that the browser complains about.

import { after } from 'node:test';

import { addService, firstOf } from './lib/acts.js';
import { Console } from './lib/console.js';
import { RULES, leftOver, stutters, tooSmall, tooWide, violations } from './lib/look.js';
import { DRAFTED, FIRST, GENERAL, OUTSIDE, REVISIONS, RUNNING, arrive, ofCluster, ofDirector, ofService, ofTwo } from './lib/places.js';
import { stage } from './lib/stage.js';
import { consoleForTests, inBrowser, visit } from './lib/visit.js';

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 360, height: 740 };

/** Words that are the same in both languages: names, products, units, protocols, keywords of LVS. */
const SAME = ['^(Arapaima|arapaima|Piranha|admin|guide|empty|guest-\\d+|draft2?|web|both|vs1|vs2|real\\d|old-site|lo:\\d|eth\\d)\\b', '^[A-Z]{2,5}\\d?$', '^(rr|wrr|lc|wlc|lblc|lblcr|dh|sh|sed|nq|fo|ovf|mh|twos)\\b', '^“?As tested', '^\\d{4}-\\d\\d-\\d\\d .*UTC$', '^SHA-256$', 'kB/s', '^(English|Ctrl K)$', '127\\.0\\.', '^(ipvsadm|lvs\\.cf)'];

const console = await consoleForTests();
const first = await Console.first();
after(() => first.close());
const ready = () => console;

let empty;
let staged;
let found;
after(() => staged?.end());

/** A test looks at so many places at most, for so long at most, in milliseconds: a slow machine has time for each. */
const AT_ONCE = 12;
const PATIENCE = 300_000;

/** Looks at every place that `places` gives once the tests before have run, in `parts` tests. */
function looks(name, { at = ready, options, parts = 1, places }) {
  for (let n = 0; n < parts; n += 1) {
    const act = async (open) => {
      const all = await places();
      if (all.length > parts * AT_ONCE) throw new Error(`${all.length} places are too many for ${parts} tests`);
      await look(open, all.slice(n * AT_ONCE, (n + 1) * AT_ONCE), options);
    };
    inBrowser(parts > 1 ? `${name}, ${n + 1} of ${parts}` : name, at, act, PATIENCE);
  }
}

looks('before there is anybody', { at: () => first, options: { as: null }, places: () => FIRST });
looks('before logging in', { options: { as: null }, places: () => OUTSIDE });
looks('a console with nothing in it', { parts: 4, places: () => GENERAL });

looks('a cluster with nothing in it', {
  parts: 2,
  async places() {
    empty ??= await console.importCluster('empty', 'serial_no = 1\nprimary = 127.0.0.1\nservice = lvs\n');
    return ofCluster(empty);
  },
});

looks('a cluster that serves', {
  parts: 3,
  async places() {
    if (!staged) {
      staged = await stage(console);
      const { page, close } = await visit(console);
      found = await firstOf(page, staged.cluster);
      await close();
    }
    const { cluster } = staged;
    return [...ofCluster(cluster), ...ofService(cluster, found.service, found.server), ...RUNNING(cluster)];
  },
});

looks('lists, directors and a draft that differs', {
  async places() {
    const { page, close } = await visit(console);
    const { cluster } = staged;
    await addService(page, cluster, { name: 'draft', address: '127.0.0.40', ports: '8040' });
    await close();
    const lists = GENERAL.filter(({ name }) => ['overview', 'clusters', 'directors', 'director-new'].includes(name));
    return [...lists, ...ofCluster(cluster).filter(({ name }) => ['services', 'changes'].includes(name)), ...DRAFTED(cluster), ...ofDirector(1)];
  },
});

looks('a history, and two people at one form', {
  async places() {
    const { cluster } = staged;
    await console.apply(cluster, 'As tested with a draft');
    const { page, close } = await visit(console);
    await addService(page, cluster, { name: 'draft2', address: '127.0.0.41', ports: '8041' });
    await close();
    return [...ofCluster(cluster).filter(({ name }) => name === 'history'), ...REVISIONS(cluster), ofTwo(cluster, found.service)];
  },
});

/** Looks at every place in English, light on a desk and dark on a phone, and in Chinese, light on a phone. */
async function look(open, places, options) {
  const found = new Map();
  const english = await open({ ...options, size: [WIDE.width, WIDE.height] });
  const chinese = await open({ ...options, lang: 'zh-CN', size: [PHONE.width, PHONE.height] });
  for (const place of places) {
    const note = (how, list) => list.forEach((text) => found.set(text, [...(found.get(text) ?? []), `${place.name} (${how})`]));
    const { page } = english;
    await page.setViewportSize(WIDE);
    await page.emulateMedia({ colorScheme: 'light' });
    await arrive(english, place);
    note('light', await violations(page));
    note('wide', await tooWide(page));
    note('wide', await stutters(page));
    note('wide', await tooSmall(page));
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize(PHONE);
    note('dark, phone', await violations(page, RULES.theme));
    note('phone', await tooWide(page));
    note('phone', await tooSmall(page));
    await arrive(chinese, place);
    note('Chinese, phone', await violations(chinese.page, RULES.words));
    note('Chinese, phone', await tooWide(chinese.page));
    note('Chinese, phone', await tooSmall(chinese.page));
    note('Chinese', await leftOver(chinese.page, SAME));
  }
  const said = [...found].map(([text, where]) => `${text}\n      on ${where.join(', ')}`);
  if (said.length > 0) throw new Error(`${said.length} found:\n  ${said.join('\n  ')}`);
}
