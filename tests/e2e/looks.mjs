// Every page in light and dark, wide and narrow: no fault, nothing for axe to say, nothing wider than the window.
import { api, axe, desktop, fitsWidth, noFaults, openPage, phone, settled, shot, skip, test } from './support.mjs';

const views = [
  { name: 'failures', path: async () => '/failures' },
  { name: 'failure', path: async (page) => firstOf(page, '/failures', (item) => `/failures/${item.id}`) },
  {
    name: 'run',
    path: async (page) => firstOf(page, '/failures', (item) => `/occurrences/${item.latest_occurrence_id}`),
    ready: (page) => page.locator('[data-line] .text:not(.dim)').first().waitFor(),
  },
  { name: 'events', path: async () => '/events' },
  { name: 'event', path: async (page) => firstOf(page, '/events', (item) => `/events/${item.id}`) },
  { name: 'jobs', path: async () => '/jobs' },
  { name: 'job', path: async (page) => firstOf(page, '/jobs', (item) => `/jobs/${item.id}`) },
  { name: 'dead-letters', path: async () => '/jobs?state=dead' },
  { name: 'nothing-found', path: async () => '/failures?q=no-such-thing-anywhere' },
  { name: 'start', path: async () => '/start' },
  { name: 'keys', path: async () => '/keys' },
  { name: 'nowhere', path: async () => '/no/such/page' },
];

async function firstOf(page, list, href) {
  const { items } = await api(page, `${list}?limit=1`);
  return items[0] ? href(items[0]) : skip(`${list} is empty`);
}

/** All views in one window after the other, as a person would go through them. */
async function tour(browser, state, device, scheme, prefs, some) {
  const theme = prefs?.theme ?? scheme;
  const { page, faults, close } = await openPage(browser, { device, scheme, state, prefs });
  for (const view of some) {
    await test(`looks: ${view.name}, ${device.name}, ${theme}`, async () => {
      faults.length = 0;
      await page.goto(await view.path(page));
      await settled(page);
      await view.ready?.(page);
      await shot(page, `${view.name}-${device.name}-${theme}`);
      await axe(page);
      await fitsWidth(page);
      noFaults(faults);
    });
  }
  await close();
}

export async function looks(browser, state) {
  for (const device of [desktop, phone]) {
    for (const scheme of ['light', 'dark']) await tour(browser, state, device, scheme, null, views);
  }
  await tour(browser, state, desktop, 'dark', { theme: 'contrast' }, views.slice(0, 4));
}
