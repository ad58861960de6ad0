import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { FakeEventSource } from '@/testing/fake_event_source';
import { renderApp } from '@/testing/render';
import { matching, type Command } from './command_palette';
import { isStale } from './fault';

const command = (name: string): Command => ({ id: name, group: 'go', name, run: () => undefined });

describe('matching', () => {
  const commands = ['Failures', 'Events', 'Theme: Dark', 'Show keys', 'API keys'].map(command);
  const names = (query: string) => matching(commands, query).map(({ name }) => name);
  it('offers everything at first, in order', () =>
    expect(names('')).toEqual(commands.map(({ name }) => name)));
  it('wants every word', () => expect(names('dark theme')).toEqual(['Theme: Dark']));
  it('puts what begins with it first', () =>
    expect(names('a')).toEqual(['API keys', 'Failures', 'Theme: Dark']));
  it('finds nothing', () => expect(names('zzz')).toEqual([]));
});

describe('the frame', () => {
  it('goes by g and a letter', async () => {
    const { address } = renderApp('/failures');
    await screen.findByRole('heading', { level: 1, name: 'Failures' });
    fireEvent.keyDown(document.body, { key: 'g' });
    fireEvent.keyDown(document.body, { key: 'j' });
    await waitFor(() => expect(address()).toBe('/jobs'));
  });

  it('finds failures from the palette', async () => {
    const { address, user, api } = renderApp('/events');
    await screen.findByRole('heading', { level: 1, name: 'Events' });
    fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true });
    await user.type(await screen.findByRole('combobox', { name: 'Go to or do' }), 'clippy');
    const option = await screen.findByRole('option', { name: /harbour\/ledger/ });
    await user.click(option);
    const expected = api.world.failures.find((item) => item.cause.summary.startsWith('Clippy'))!;
    await waitFor(() => expect(address()).toBe(`/failures/${expected.id}`));
  });

  it('shows the live connection, and reads again what changed', async () => {
    const { api } = renderApp('/events');
    await screen.findByRole('table', { name: 'Events' });
    act(() => FakeEventSource.latest().onopen?.());
    expect(screen.getByText('Live')).toBeTruthy();
    api.world.events[0]!.summary = 'CI #9 failed on main';
    act(() => FakeEventSource.latest().say('change', { resource: 'events', id: api.world.events[0]!.id }));
    await screen.findByText('CI #9 failed on main', {}, { timeout: 3000 });
    act(() => void dispatchEvent(new Event('offline')));
    expect(screen.getByText('Offline')).toBeTruthy();
    act(() => void dispatchEvent(new Event('online')));
    expect(screen.getByText('Reconnecting')).toBeTruthy();
  });

  it('removes the demo data with one click', async () => {
    const { api, user } = renderApp('/failures');
    await user.click(await screen.findByRole('button', { name: 'Remove demo data' }));
    await screen.findByText('No failing builds');
    expect(api.demo).toBe(false);
    await waitFor(() => expect(screen.queryByRole('note')).toBeNull());
  });

  it('says so at an address that leads nowhere', async () => {
    renderApp('/no/such/place');
    await screen.findByRole('heading', { level: 1, name: 'There is nothing at this address' });
  });
});

describe('doing things', () => {
  it('tries a dead delivery again', async () => {
    const { api, user, router } = renderApp('/events?state=dead');
    const dead = api.world.events.find((event) => event.state === 'dead')!;
    await act(() => router.navigate(`/events/${dead.id}`));
    await user.click(await screen.findByRole('button', { name: 'Try again' }));
    await screen.findByText('Queued again');
    expect(dead.state).toBe('queued');
  });

  it('makes a key, shows it once, revokes it', async () => {
    const { api, user } = renderApp('/keys');
    await user.click(await screen.findByRole('button', { name: 'New key' }));
    await user.type(screen.getByLabelText(/What is it for/), 'pager');
    await user.click(screen.getByRole('button', { name: 'Make the key' }));
    const dialog = await screen.findByRole('dialog');
    const secret = await within(dialog).findByText(/^fmk_Zz91/);
    expect(api.world.keys[0]).toMatchObject({ name: 'pager', role: 'viewer' });
    expect(Date.parse(api.world.keys[0]!.expires_at!)).toBeGreaterThan(Date.now() + 89 * 86_400_000);
    await user.click(screen.getByRole('button', { name: 'I have copied it' }));
    await waitFor(() => expect(screen.queryByText(secret.textContent!)).toBeNull());
    await user.click(await screen.findByRole('button', { name: 'Revoke pager' }));
    await user.click(screen.getByRole('button', { name: 'Revoke' }));
    await waitFor(() => expect(api.world.keys.some((key) => key.name === 'pager')).toBe(false));
  });

  it('shows the exact steps for what is not set up, the remedy for what fails', async () => {
    renderApp('/start');
    await screen.findByText('1 of 3 done');
    expect(screen.getByText(/The token has expired/)).toBeTruthy();
    expect(screen.getByText('/invite @firstmate')).toBeTruthy();
    expect(screen.queryByText('openssl rand -hex 32')).toBeNull();
  });
});

it('isStale knows a chunk that is gone from a fault', () => {
  expect(isStale(new TypeError('Failed to fetch dynamically imported module: /assets/x.js'))).toBe(true);
  expect(isStale(new TypeError('x is undefined'))).toBe(false);
  expect(isStale('nothing')).toBe(false);
});
