import { act, screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { adminKey, MockApi, setupToken } from '@/testing/mock_api';
import { makeWorld } from '@/testing/mock_data';
import { renderApp, signedIn } from '@/testing/render';
import { keys } from '@/lib/query';

const signedOut = () => new MockApi(makeWorld({ failures: 3, events: 3 }));

describe('coming in', () => {
  it('by the set-up link: the token leaves the address, the first administrator is in', async () => {
    const { address, user, api } = renderApp(`/setup#token=${setupToken}`, signedOut());
    await waitFor(() => expect(address()).toBe('/setup'));
    await user.type(screen.getByLabelText(/Your name/), 'Grace');
    await user.click(screen.getByRole('button', { name: 'Take the helm' }));
    await screen.findByRole('heading', { level: 1, name: 'Failures' });
    expect(api.user).toEqual({ id: '01U00000001', name: 'Grace', role: 'admin' });
  });

  it('a used link is refused with what to do', async () => {
    const api = signedOut();
    api.claimed = true;
    const { user } = renderApp(`/setup#token=${setupToken}`, api);
    await user.type(await screen.findByLabelText(/Your name/), 'Grace');
    await user.click(screen.getByRole('button', { name: 'Take the helm' }));
    await screen.findByText('The set-up link was used before.');
    expect(screen.getByText('Sign in with an API key.')).toBeTruthy();
  });

  it('by a key, at the address that was asked for', async () => {
    const { address, user } = renderApp('/events?state=dead', signedOut());
    await user.type(await screen.findByLabelText(/API key/), adminKey);
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    await screen.findByRole('heading', { level: 1, name: 'Events' });
    expect(address()).toBe('/events?state=dead');
  });

  it('a wrong key keeps what was typed and says why', async () => {
    const { user } = renderApp('/failures', signedOut());
    await user.type(await screen.findByLabelText(/API key/), 'wrong');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    await screen.findByText('The key is not known or has expired.');
    expect((screen.getByLabelText(/API key/) as HTMLInputElement).value).toBe('wrong');
  });

  it('by a sign-in link', async () => {
    const { address } = renderApp('/sign-in#token=fms_link', signedOut());
    await screen.findByRole('heading', { level: 1, name: 'Failures' });
    expect(address()).toBe('/failures');
  });

  it('nobody has set it up: the page says how', async () => {
    renderApp('/failures', signedOut());
    await screen.findByText('Nobody has set this instance up yet');
  });
});

describe('a session that ends', () => {
  it('shows the sign-in as soon as an answer is 401', async () => {
    const { api, queries } = renderApp('/failures');
    await screen.findByRole('table', { name: 'Failures' });
    api.user = null;
    await act(() => queries.invalidateQueries({ queryKey: keys.failures }));
    await screen.findByLabelText(/API key/);
  });

  it('signs out', async () => {
    const { api, user } = renderApp('/failures');
    await user.click(await screen.findByRole('button', { name: 'Account: Ada' }));
    await user.click(screen.getByRole('button', { name: 'Sign out' }));
    await screen.findByLabelText(/API key/);
    expect(api.user).toBeNull();
  });
});

describe('roles', () => {
  it('a viewer may not try again nor manage keys', async () => {
    const api = signedIn();
    api.user = { id: 'u', name: 'Vic', role: 'viewer' };
    const dead = api.world.events.find((event) => event.state === 'dead')!;
    renderApp(`/events/${dead.id}`, api);
    const button = await screen.findByRole('button', { name: 'Try again' });
    expect((button as HTMLButtonElement).disabled).toBe(true);
    expect(screen.queryByRole('link', { name: 'API keys' })).toBeNull();
  });
});
