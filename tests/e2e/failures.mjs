// Failures and events: filters in the URL, keys in the list, from the list to the cause.
import { api, equal, noFaults, openPage, phone, settled, shot, skip, test } from './support.mjs';

export async function failures(browser, state) {
  await test('failures: filters are in the URL and survive a reload', async () => {
    const { page, faults, close } = await openPage(browser, { state });
    const { items } = await api(page, '/failures?limit=100');
    if (items.length === 0) skip('there is no failure');
    const wanted = items[0].cause.category;
    const expected = items.filter((item) => item.cause.category === wanted).length;
    await page.goto('/failures');
    await settled(page);
    await page.getByLabel('Cause').selectOption(wanted);
    await page.waitForURL(`**/failures?category=${wanted}`);
    const table = page.getByRole('table', { name: 'Failures' });
    const rowCount = () => table.getAttribute('aria-rowcount').then((count) => Number(count) - 1);
    await page.waitForFunction(
      (count) => Number(document.querySelector('table')?.getAttribute('aria-rowcount')) - 1 === count,
      expected,
    );
    await page.reload();
    await settled(page);
    equal(await rowCount(), expected, 'rows after a reload');
    equal(await page.getByLabel('Cause').inputValue(), wanted, 'the control after a reload');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.waitForURL('**/failures');
    noFaults(faults);
    await close();
  });

  await test('failures: search finds by the words of the cause', async () => {
    const { page, faults, close } = await openPage(browser, { state });
    const { items } = await api(page, '/failures?limit=1');
    if (items.length === 0) skip('there is no failure');
    const repository = items[0].repository;
    await page.goto('/failures');
    await settled(page);
    await page.keyboard.press('/');
    await page.keyboard.type(repository);
    await page.waitForURL(`**/failures?q=${encodeURIComponent(repository)}`);
    await page.getByRole('table', { name: 'Failures' }).getByText(repository).first().waitFor();
    noFaults(faults);
    await close();
  });

  await test('failures: j, k, x and Enter', async () => {
    const { page, faults, close } = await openPage(browser, { state });
    const { items } = await api(page, '/failures?limit=3');
    if (items.length < 2) skip('fewer than two failures');
    await page.goto('/failures');
    await settled(page);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.waitForFunction((id) => document.activeElement?.getAttribute('href') === `/failures/${id}`, items[1].id);
    await page.keyboard.press('k');
    await page.waitForFunction((id) => document.activeElement?.getAttribute('href') === `/failures/${id}`, items[0].id);
    await page.keyboard.press('x');
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('1 selected').waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/failures/${items[0].id}`);
    noFaults(faults);
    await close();
  });

  for (const device of [undefined, phone]) {
    await test(`failures: from the list to cause, fix and log, ${device?.name ?? 'desktop'}`, async () => {
      const { page, faults, close } = await openPage(browser, { state, device });
      const { items } = await api(page, '/failures?limit=1');
      if (items.length === 0) skip('there is no failure');
      const failure = await api(page, `/failures/${items[0].id}`);
      await page.goto('/failures');
      await settled(page);
      await page.locator(`a[href="/failures/${failure.id}"]`).first().click();
      await page.waitForURL(`**/failures/${failure.id}`);
      await settled(page);
      const cause = failure.cause.summary.replaceAll('`', '').replace(/\s+/g, ' ').trim();
      await page.waitForFunction(
        (text) => document.querySelector('h1')?.innerText.replace(/\s+/g, ' ').includes(text),
        cause,
      );
      await page.getByRole('heading', { name: 'What to do' }).waitFor();
      if (failure.fix) await page.getByText(failure.fix.steps.at(-1)?.split('`')[0].trim() || failure.fix.summary.split('`')[0].trim()).first().waitFor();
      await page.getByRole('button', { name: 'Show as table' }).click();
      await page.getByText('Occurrences per day (UTC)').waitFor();
      await shot(page, `failure-whole-${device?.name ?? 'desktop'}-light`, { fullPage: true });
      if (failure.key_lines.length > 0) {
        await page.getByRole('link', { name: `Line ${failure.key_lines[0].n}`, exact: true }).click();
        await page.waitForURL(`**/occurrences/${failure.latest_occurrence_id}#L${failure.key_lines[0].n}`);
        await page.locator(`[data-line="${failure.key_lines[0].n}"][data-selected="true"]`).waitFor();
      }
      noFaults(faults);
      await close();
    });
  }

  await test('events: state filter and detail', async () => {
    const { page, faults, close } = await openPage(browser, { state });
    const { items } = await api(page, '/events?state=done&limit=1');
    if (items.length === 0) skip('no event is done');
    await page.goto('/events');
    await settled(page);
    await page.getByLabel('State').selectOption('done');
    await page.waitForURL('**/events?state=done');
    await page.locator(`a[href="/events/${items[0].id}"]`).first().click();
    await page.waitForURL(`**/events/${items[0].id}`);
    await page.getByText(items[0].delivery_id).waitFor();
    noFaults(faults);
    await close();
  });
}
