import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { renderApp, signedIn } from '@/testing/render';
import { server } from '@/testing/server';

const api = signedIn();
const failure = api.world.failures[0]!;
const run = api.world.occurrences.get(failure.latest_occurrence_id!)!;
const shownLines = () =>
  [...document.querySelectorAll('[data-line]')].map((line) => Number(line.getAttribute('data-line')));

describe('the log of a run', () => {
  it('keeps a log of 100,000 lines out of the document but for what is in sight', async () => {
    expect(run.log_lines).toBe(100_000);
    renderApp(`/occurrences/${run.id}#L50000`, api);
    const log = await screen.findByRole('region', { name: 'Log' });
    await waitFor(() => expect(shownLines().length).toBeGreaterThan(0));
    expect(shownLines().length).toBeLessThan(200);
    expect(within(log).getAllByRole('link').length).toBeLessThan(200);
  });

  it('asks for the page of lines that is in sight, not for all', async () => {
    const asked: string[] = [];
    const { user } = renderApp(`/occurrences/${run.id}`, api);
    server.events.on('request:start', ({ request }) => {
      if (request.url.includes('/log')) asked.push(new URL(request.url).search);
    });
    await screen.findByRole('region', { name: 'Log' });
    await user.click(screen.getByRole('button', { name: 'Next mark (n)' }));
    await screen.findByText('Mark 1 of 2');
    await waitFor(() => expect(shownLines().length).toBeGreaterThan(0));
    expect(asked.length).toBeLessThan(6);
    server.events.removeAllListeners();
  });

  it('names the line in the address when its number is clicked, and a range with shift', async () => {
    const { address, user } = renderApp(`/occurrences/${run.id}`, api);
    await waitFor(() => expect(shownLines().length).toBeGreaterThan(3));
    const [first, , third] = shownLines() as [number, number, number];
    await user.click(screen.getByRole('link', { name: `Line ${first}` }));
    expect(address()).toBe(`/occurrences/${run.id}#L${first}`);
    fireEvent.click(screen.getByRole('link', { name: `Line ${third}` }), { shiftKey: true });
    await waitFor(() => expect(address()).toBe(`/occurrences/${run.id}#L${first}-L${third}`));
    expect(document.querySelectorAll('[data-selected="true"]').length).toBe(third - first + 1);
  });

  it('leaves out what passed too', async () => {
    const { user } = renderApp(`/occurrences/${run.id}`, api);
    await user.click(await screen.findByRole('button', { name: 'Only what is new' }));
    await screen.findAllByText(/as in the passing run/);
    const fresh = api.world.log(run.id)!.lines.flatMap((line, index) => (line.new ? [index + 1] : []));
    await waitFor(() => expect(shownLines().length).toBeGreaterThan(0));
    expect(shownLines()).toEqual(fresh.slice(0, shownLines().length));
  });

  it('folds all steps and opens one', async () => {
    const { user } = renderApp(`/occurrences/${run.id}`, api);
    await waitFor(() => expect(shownLines().length).toBeGreaterThan(0));
    await user.click(screen.getByRole('button', { name: 'Fold all steps' }));
    expect(shownLines()).toEqual([]);
    await user.click(screen.getByRole('button', { name: /^Set up job/ }));
    expect(shownLines()[0]).toBe(1);
  });

  it('finds text anywhere in the log', async () => {
    const { user } = renderApp(`/occurrences/${run.id}`, api);
    await user.type(await screen.findByLabelText('Search in the log'), 'AssertionFailedError');
    await screen.findByText('0 of 1');
    await user.keyboard('{Enter}');
    await screen.findByText('1 of 1');
  });

  it('says why there is no log, and where to look', async () => {
    const gone = [...api.world.occurrences.values()].find((item) => item.log_state === 'expired')!;
    renderApp(`/occurrences/${gone.id}`, api);
    await screen.findByText('There is no log for this run');
    expect(screen.getByText(gone.log_reason!)).toBeTruthy();
    expect(screen.getAllByRole('link', { name: /Open at the source/ })[0]?.getAttribute('href')).toBe(
      gone.url,
    );
  });

  it('offers to try again when lines cannot be loaded', async () => {
    renderApp(`/occurrences/${run.id}`, api);
    server.use(http.get('*/api/v1/occurrences/:id/log', () => HttpResponse.error(), { once: true }));
    await screen.findByText('The server does not answer');
    await act(async () => screen.getByRole('button', { name: 'Try again' }).click());
    await screen.findByRole('region', { name: 'Log' });
  });
});
