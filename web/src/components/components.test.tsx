import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { ApiError } from '@/lib/api/client';
import { setPrefs } from '@/lib/prefs';
import { CodeText } from './code_text';
import { isWeb, Sha } from './sha';
import { bars, trendText } from './sparkline';
import { tell } from './states';
import { Time } from './time';

describe('bars', () => {
  it('fill the box', () => {
    const [none, some, peak] = bars([0, 1, 10], 30, 20);
    expect(none).toMatchObject({ x: 0, height: 1, y: 19 });
    expect(some).toMatchObject({ height: 2, y: 18 });
    expect(peak).toMatchObject({ height: 20, y: 0, width: 9 });
  });
  it('are flat when nothing happened', () =>
    expect(bars([0, 0], 10, 20).every((bar) => bar.height === 1)).toBe(true));
});

it('trendText says what the picture shows', () => {
  expect(trendText([0, 2, 5], ['a', 'b', 'c'])).toBe('7 times in 30 days, most on c (5)');
  expect(trendText([0, 0], ['a', 'b'])).toBe('Not seen in 30 days');
});

describe('tell', () => {
  it('names an unreachable server', () =>
    expect(tell(new ApiError(0, null)).title).toBe('The server does not answer'));
  it('passes on what the server says', () => {
    const problem = {
      type: '',
      title: 'Conflict',
      status: 409,
      detail: 'It runs.',
      code: 'conflict',
      remedy: 'Wait.',
      trace_id: 't',
    };
    expect(tell(new ApiError(409, problem))).toEqual({
      title: 'Conflict',
      detail: 'It runs.',
      remedy: 'Wait.',
      traceId: 't',
    });
  });
  it('shows a fault of ours as it is', () => expect(tell(new TypeError('x')).detail).toBe('x'));
});

describe('links from outside', () => {
  it.each([
    ['https://github.com/a', true],
    ['http://ci.local/1', true],
    ['javascript:alert(1)', false],
    ['data:text/html,x', false],
    [' https://a', false],
    [null, false],
  ])('%j', (url, web) => expect(isWeb(url)).toBe(web));

  it('a commit without a web address is no link', () => {
    render(<Sha sha="9fceb02d0ae598e9" url="javascript:alert(1)" />);
    expect(screen.queryByRole('link')).toBeNull();
    expect(screen.getByText('9fceb02d')).toBeTruthy();
  });
});

it('Time shows the age with the exact time on hover, or the other way round', () => {
  const value = new Date(Date.now() - 3 * 60_000 - 5000).toISOString();
  setPrefs({ zone: 'utc' });
  const { rerender } = render(<Time value={value} />);
  const time = screen.getByText('3 min ago');
  expect(time.getAttribute('title')).toMatch(/ UTC$/);
  expect(time.getAttribute('datetime')).toBe(value);
  setPrefs({ zone: 'utc', times: 'exact' });
  rerender(<Time value={value} />);
  expect(screen.getByText(/ UTC$/).getAttribute('title')).toBe('3 min ago');
});

it('CodeText offers to copy commands, not names', () => {
  render(<CodeText copyable text="Run `npm ci`, see `Money.total`." />);
  expect(screen.getAllByRole('button', { name: 'Copy' })).toHaveLength(1);
});
