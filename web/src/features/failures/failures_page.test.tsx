import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { MockApi } from '@/testing/mock_api';
import { emptyWorld, makeWorld } from '@/testing/mock_data';
import { admin, renderApp } from '@/testing/render';

const table = () => screen.findByRole('table', { name: 'Failures' });
const rowCount = async () => Number((await table()).getAttribute('aria-rowcount')) - 1;

describe('the list of failures', () => {
  it('takes its filters from the address', async () => {
    const { api } = renderApp('/failures?category=lint_error');
    const expected = api.world.failures.filter((item) => item.cause.category === 'lint_error').length;
    expect(expected).toBeGreaterThan(0);
    expect(await rowCount()).toBe(expected);
    expect((screen.getByLabelText('Cause') as HTMLSelectElement).value).toBe('lint_error');
  });

  it('writes its filters to the address, and clears them', async () => {
    const { address, user } = renderApp('/failures');
    await table();
    await user.selectOptions(screen.getByLabelText('State'), 'recovered');
    await waitFor(() => expect(address()).toBe('/failures?state=recovered'));
    await user.type(screen.getByLabelText('Search failures'), 'timed out');
    await waitFor(() => expect(address()).toBe('/failures?state=recovered&q=timed+out'));
    await user.click(screen.getByRole('button', { name: 'Clear filters' }));
    await waitFor(() => expect(address()).toBe('/failures'));
  });

  it('says so when nothing matches', async () => {
    renderApp('/failures?q=zzz');
    await screen.findByText('Nothing matches these filters');
  });

  it('says what to do when nothing has arrived and GitHub is not connected', async () => {
    const api = new MockApi(emptyWorld(), { ...admin });
    api.checklist = [{ id: 'github_webhook', state: 'missing', detail: '', remedy: '' }];
    renderApp('/failures', api);
    await screen.findByText('Nothing has arrived yet. Connect GitHub first.');
    expect(
      within(screen.getByRole('main')).getByRole('link', { name: 'First steps' }).getAttribute('href'),
    ).toBe('/start');
  });

  it('moves with j and k, selects with x, clears with Escape', async () => {
    const { api } = renderApp('/failures');
    await table();
    const focused = () => document.activeElement?.getAttribute('href');
    fireEvent.keyDown(document.body, { key: 'j' });
    await waitFor(() => expect(focused()).toBe(`/failures/${api.world.failures[0]!.id}`));
    fireEvent.keyDown(document.body, { key: 'j' });
    await waitFor(() => expect(focused()).toBe(`/failures/${api.world.failures[1]!.id}`));
    fireEvent.keyDown(document.body, { key: 'k' });
    await waitFor(() => expect(focused()).toBe(`/failures/${api.world.failures[0]!.id}`));
    fireEvent.keyDown(document.body, { key: 'x' });
    await screen.findByText('1 selected');
    fireEvent.keyDown(document.body, { key: 'Escape' });
    await waitFor(() => expect(screen.queryByText('1 selected')).toBeNull());
  });

  it('keeps 10,000 rows out of the document but for what is in sight', async () => {
    const api = new MockApi(makeWorld({ failures: 400, events: 0 }), { ...admin });
    renderApp('/failures', api);
    expect(await rowCount()).toBeGreaterThanOrEqual(100);
    expect(screen.getAllByRole('row').length).toBeLessThan(60);
  });

  it('marks demo data', async () => {
    renderApp('/failures');
    expect((await screen.findAllByText('Demo')).length).toBeGreaterThan(0);
  });
});

describe('a failure', () => {
  it('names cause, fix, suspects and the lines that matter', async () => {
    const { api } = renderApp('/failures');
    const failure = api.world.failures[0]!;
    const { address, user } = renderApp(`/failures/${failure.id}`, api);
    const heading = await screen.findByRole('heading', { level: 1, name: /expected 10\.01 but was 10\.00/ });
    expect(heading.querySelector('code')?.textContent).toBe('OrderTotalTest.roundsHalfUp');
    for (const step of ['Push the correction.', 'money: use the rounding of the ledger', '84 % likely']) {
      expect(screen.getByText(step)).toBeTruthy();
    }
    await user.click(screen.getByRole('link', { name: `Line ${failure.key_lines[0]!.n}` }));
    await waitFor(() =>
      expect(address()).toBe(`/occurrences/${failure.latest_occurrence_id}#L${failure.key_lines[0]!.n}`),
    );
  });

  it('says so when it is gone', async () => {
    renderApp('/failures/nothing');
    await screen.findByText('Not found');
    expect(screen.getByText(/retention may have removed it/)).toBeTruthy();
  });
});
