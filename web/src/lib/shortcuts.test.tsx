import { fireEvent, render, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { setPrefs } from './prefs';
import { idle, readKey, useShortcuts, type Commands, type KeyPress } from './shortcuts';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrl: false,
  alt: false,
  typing: false,
  at: 0,
  ...more,
});

describe('readKey', () => {
  it('reads a letter', () => expect(readKey(idle, press('j')).command).toBe('j'));
  it('reads g and a letter', () => {
    const first = readKey(idle, press('g', { at: 100 }));
    expect(first.command).toBeNull();
    expect(readKey(first.pending, press('f', { at: 900 })).command).toBe('g f');
  });
  it('forgets g after a while', () => {
    const first = readKey(idle, press('g', { at: 100 }));
    expect(readKey(first.pending, press('f', { at: 1700 })).command).toBe('f');
  });
  it('reads Ctrl+K even while one types', () =>
    expect(readKey(idle, press('K', { ctrl: true, typing: true })).command).toBe('ctrl+k'));
  it('leaves other Ctrl keys alone', () =>
    expect(readKey(idle, press('n', { ctrl: true })).command).toBeNull());
  it('leaves typing alone', () => expect(readKey(idle, press('j', { typing: true })).command).toBeNull());
  it('leaves Alt and arrows alone', () => {
    expect(readKey(idle, press('j', { alt: true })).command).toBeNull();
    expect(readKey(idle, press('ArrowDown')).command).toBeNull();
  });
});

function Keys({ commands }: { commands: Commands }) {
  useShortcuts(commands);
  return null;
}

describe('useShortcuts', () => {
  it('asks the innermost first, then outwards', () => {
    const outer = { n: vi.fn(), m: vi.fn() };
    const inner = { n: vi.fn() };
    render(
      <>
        <Keys commands={outer} />
        <Keys commands={inner} />
      </>,
    );
    fireEvent.keyDown(document.body, { key: 'n' });
    fireEvent.keyDown(document.body, { key: 'm' });
    expect([inner.n, outer.n, outer.m].map((fn) => fn.mock.calls.length)).toEqual([1, 0, 1]);
  });

  it('does nothing in an input, and nothing when switched off', () => {
    const commands = { j: vi.fn(), 'ctrl+k': vi.fn() };
    const { rerender } = render(
      <>
        <Keys commands={commands} />
        <input aria-label="field" />
      </>,
    );
    fireEvent.keyDown(screen.getByLabelText('field'), { key: 'j' });
    expect(commands.j).not.toHaveBeenCalled();
    setPrefs({ shortcuts: false });
    rerender(<Keys commands={commands} />);
    fireEvent.keyDown(document.body, { key: 'j' });
    fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true });
    expect(commands.j).not.toHaveBeenCalled();
    expect(commands['ctrl+k']).toHaveBeenCalledOnce();
  });
});
