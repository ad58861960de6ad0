// Coming in: by set-up link or by key; and what those see who are not in.
import { axe, check, desktop, env, equal, fitsWidth, noFaults, openPage, phone, settled, shot, test } from './support.mjs';

// The browser reports a refused sign-in as an error; here it is what we asked for.
const refused = [/status of 401/, /status of 409/];

export async function signedOut(browser) {
  for (const device of [desktop, phone]) {
    for (const scheme of ['light', 'dark']) {
      await test(`signed out: sign-in page, ${device.name}, ${scheme}`, async () => {
        const { page, faults, close } = await openPage(browser, { device, scheme });
        await page.goto('/failures');
        await page.getByLabel('API key').waitFor();
        await axe(page);
        await fitsWidth(page);
        await shot(page, `sign-in-${device.name}-${scheme}`);
        noFaults(faults);
        await close();
      });
    }
  }

  await test('signed out: a wrong key is refused with a remedy', async () => {
    const { page, faults, close } = await openPage(browser);
    await page.goto('/events');
    await page.getByLabel('API key').fill('not-a-key');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'Not signed in' }).waitFor();
    noFaults(faults, refused);
    await close();
  });

  await test('signed out: a link without a token says what to do', async () => {
    const { page, faults, close } = await openPage(browser);
    await page.goto('/setup');
    await page.getByText('This link has no token').waitFor();
    noFaults(faults);
    await close();
  });
}

/** Signs in; the answer is what a browser context needs to be signed in too. */
export async function signIn(browser) {
  const { context, page, faults, close } = await openPage(browser);
  if (env.link) {
    await page.goto(env.link);
    await page.getByLabel('Your name').waitFor();
    equal(new URL(page.url()).hash, '', 'the token leaves the address bar');
    await axe(page);
    await shot(page, 'setup-desktop-light');
    await page.getByLabel('Your name').fill('Ada');
    await page.getByRole('button', { name: 'Take the helm' }).click();
  } else {
    await page.goto('/');
    await page.getByLabel('API key').fill(env.key);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
  await page.getByRole('heading', { name: 'Failures' }).waitFor();
  await settled(page);
  await page.reload();
  await page.getByRole('heading', { name: 'Failures' }).waitFor();
  const cookies = await context.cookies();
  check(
    cookies.some((cookie) => cookie.httpOnly && cookie.sameSite === 'Strict') || cookies.length === 0,
    'the session cookie is HttpOnly and SameSite=Strict',
  );
  noFaults(faults);
  const state = await context.storageState();
  await close();
  return state;
}
