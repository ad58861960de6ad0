// What changes things: keys, trying dead work again, leaving, and last the removal of the demo data.
import { api, axe, check, env, equal, noFaults, openPage, settled, shot, skip, test } from './support.mjs';

export async function admin(browser, state) {
  await test('keys: made, shown once, used, revoked', async () => {
    const { page, faults, close } = await openPage(browser, { state });
    await page.goto('/keys');
    await settled(page);
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('What is it for?').fill('end-to-end test');
    await axe(page);
    await shot(page, 'key-new-desktop-light');
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('It cannot be shown again').waitFor();
    const key = await page.getByRole('dialog').locator('code').innerText();
    check(key.length >= 16, 'the key is shown');
    await axe(page);
    await page.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByRole('row', { name: /end-to-end test/ }).waitFor();
    check(!(await page.content()).includes(key), 'the key is gone from the page');
    const use = () => fetch(`${env.url}/api/v1/status`, { headers: { Authorization: `Bearer ${key}` } });
    const real = (await use()).status;
    await page.getByRole('button', { name: 'Revoke end-to-end test' }).click();
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByRole('row', { name: /end-to-end test/ }).waitFor({ state: 'detached' });
    equal(real, 200, 'the key works before it is revoked');
    equal((await use()).status, 401, 'the key after it is revoked');
    noFaults(faults);
    await close();
  });

  await test('events: a dead delivery is tried again', async () => {
    const { page, faults, close } = await openPage(browser, { state });
    const { items } = await api(page, '/events?state=dead&limit=1');
    if (items.length === 0) skip('no event is dead');
    await page.goto(`/events/${items[0].id}`);
    await settled(page);
    await shot(page, 'event-dead-desktop-light');
    await axe(page);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Queued again').waitFor();
    noFaults(faults);
    await close();
  });

  await test('jobs: selected dead letters are tried again', async () => {
    const { page, faults, close } = await openPage(browser, { state });
    const { items } = await api(page, '/jobs?state=dead&limit=2');
    if (items.length === 0) skip('no job is dead');
    await page.goto('/jobs?state=dead');
    await settled(page);
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByRole('button', { name: 'Try 1 again' }).click();
    await page.getByText('Queued again').waitFor();
    noFaults(faults);
    await close();
  });

  await test('demo: labelled, and one click removes it', async () => {
    const { page, faults, close } = await openPage(browser, { state });
    if (!(await api(page, '/status')).demo) skip('there is no demo data');
    await page.goto('/failures');
    await settled(page);
    await page.getByRole('note').getByText('Demo data.').waitFor();
    await page.getByRole('button', { name: 'Remove demo data' }).click();
    await page.getByRole('note').waitFor({ state: 'detached' });
    await settled(page);
    equal((await api(page, '/status')).demo, false, 'status.demo');
    await shot(page, 'failures-empty-desktop-light');
    await axe(page);
    noFaults(faults);
    await close();
  });

  await test('session: signing out ends it', async () => {
    const { page, faults, close } = await openPage(browser, { state });
    await page.goto('/failures');
    await settled(page);
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    const answer = await page.request.get(`${env.url}/api/v1/status`);
    equal(answer.status(), 401, 'status after signing out');
    noFaults(faults);
    await close();
  });
}
