// The frame: keys, palette, help, themes, times, the live connection.
import { axe, check, desktop, equal, noFaults, openPage, phone, settled, shot, test } from './support.mjs';

export async function frame(browser, state) {
  await test('frame: keys move between the parts', async () => {
    const { page, faults, close } = await openPage(browser, { state });
    await page.goto('/failures');
    await settled(page);
    for (const [letter, path] of [['e', '/events'], ['j', '/jobs'], ['s', '/start'], ['f', '/failures']]) {
      await page.keyboard.press('g');
      await page.keyboard.press(letter);
      await page.waitForURL(`**${path}`);
      await settled(page);
    }
    noFaults(faults);
    await close();
  });

  for (const scheme of ['light', 'dark']) {
    await test(`frame: ? shows the keys, ${scheme}`, async () => {
      const { page, faults, close } = await openPage(browser, { state, scheme });
      await page.goto('/failures');
      await settled(page);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      await axe(page);
      await shot(page, `keys-desktop-${scheme}`);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      noFaults(faults);
      await close();
    });

    await test(`frame: Ctrl+K goes anywhere, ${scheme}`, async () => {
      const { page, faults, close } = await openPage(browser, { state, scheme });
      await page.goto('/failures');
      await settled(page);
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'Go to or do' }).waitFor();
      await axe(page);
      await shot(page, `palette-desktop-${scheme}`);
      await page.keyboard.type('jobs');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/jobs');
      noFaults(faults);
      await close();
    });
  }

  await test('frame: the navigation opens on a phone', async () => {
    const { page, faults, close } = await openPage(browser, { state, device: phone });
    await page.goto('/failures');
    await settled(page);
    await page.getByRole('button', { name: 'Open navigation' }).click();
    await page.getByRole('link', { name: /^Events/ }).waitFor();
    await shot(page, 'navigation-phone-light');
    await page.getByRole('link', { name: /^Events/ }).click();
    await page.waitForURL('**/events');
    noFaults(faults);
    await close();
  });

  await test('frame: theme and time zone are kept', async () => {
    const { page, faults, close } = await openPage(browser, { state });
    await page.goto('/failures');
    await settled(page);
    await page.getByRole('button', { name: 'Display settings' }).click();
    await page.getByRole('button', { name: 'Dark', exact: true }).click();
    await page.getByRole('button', { name: 'UTC' }).click();
    await axe(page);
    await page.reload();
    await settled(page);
    equal(await page.evaluate(() => document.documentElement.dataset.scheme), 'dark', 'scheme after a reload');
    const title = await page.locator('time').first().getAttribute('title');
    check(title === null || / UTC$/.test(title), `a time is shown in UTC: ${title}`);
    noFaults(faults);
    await close();
  });

  await test('frame: the live connection is shown, and its loss', async () => {
    const { context, page, close } = await openPage(browser, { state, device: desktop });
    await page.goto('/failures');
    await page.locator('[data-phase="live"]').waitFor();
    await context.setOffline(true);
    await page.locator('[data-phase="offline"]').waitFor();
    await shot(page, 'offline-desktop-light');
    await context.setOffline(false);
    await page.locator('[data-phase="live"]').waitFor();
    await close();
  });

  await test('frame: a page deep inside opens by its address', async () => {
    const { page, faults, close } = await openPage(browser, { state });
    await page.goto('/events');
    await settled(page);
    const first = page.getByRole('table', { name: 'Events' }).getByRole('link').first();
    if ((await first.count()) > 0) {
      const href = await first.getAttribute('href');
      await page.goto(href);
      await settled(page);
      equal(new URL(page.url()).pathname, href, 'address');
    }
    noFaults(faults);
    await close();
  });
}
