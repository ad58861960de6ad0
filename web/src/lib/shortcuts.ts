// Keyboard commands: single keys and "g then a letter". The machine is pure; the hook listens.
import { useEffect, useRef } from 'react';
import { usePrefs } from './prefs';

export interface KeyPress {
  key: string;
  ctrl: boolean;
  alt: boolean;
  /** Focus is where typing means text. */
  typing: boolean;
  at: number;
}

export interface Pending {
  prefix: 'g' | null;
  at: number;
}

const prefixMs = 1500;
export const idle: Pending = { prefix: null, at: 0 };

/** The command that a key press completes ("j", "g f", "ctrl+k"), if any, and what to remember for the next one. */
export function readKey(pending: Pending, press: KeyPress): { command: string | null; pending: Pending } {
  if (press.ctrl) return { command: press.key.toLowerCase() === 'k' ? 'ctrl+k' : null, pending: idle };
  if (press.typing || press.alt || press.key.length > 1) {
    const named = !press.typing && !press.alt && ['Enter', 'Escape'].includes(press.key);
    return { command: named ? press.key : null, pending: idle };
  }
  if (pending.prefix && press.at - pending.at <= prefixMs) {
    return { command: `${pending.prefix} ${press.key}`, pending: idle };
  }
  if (press.key === 'g') return { command: null, pending: { prefix: 'g', at: press.at } };
  return { command: press.key, pending: idle };
}

/** Inputs take the keys; so do dialogs and menus, and a button that has the focus takes Enter. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const input = target.closest('input, textarea, select, [contenteditable="true"]');
  if (input)
    return !(input instanceof HTMLInputElement && ['checkbox', 'radio', 'button'].includes(input.type));
  return target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null;
}

export type Commands = Record<string, () => void>;

interface Layer {
  commands: Commands;
}

// The newest layer that knows a command gets it: a page's keys before the frame's.
const layers: Layer[] = [];
let pending = idle;
let enabled = true;

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.closest('a, button'))
    return;
  const result = readKey(pending, {
    key: event.key,
    ctrl: event.ctrlKey || event.metaKey,
    alt: event.altKey,
    typing: isTyping(event.target),
    at: event.timeStamp,
  });
  pending = result.pending;
  if (!result.command) return;
  // Single letters can be switched off for people whose speech input types them.
  if (!enabled && result.command !== 'ctrl+k') return;
  for (let i = layers.length - 1; i >= 0; i -= 1) {
    const run = layers[i]?.commands[result.command];
    if (!run) continue;
    event.preventDefault();
    run();
    return;
  }
}

/** Offers commands while mounted. */
export function useShortcuts(commands: Commands): void {
  const { shortcuts } = usePrefs();
  const layer = useRef<Layer>({ commands });
  useEffect(() => {
    layer.current.commands = commands;
    enabled = shortcuts;
  });
  useEffect(() => {
    const mine = layer.current;
    if (layers.length === 0) addEventListener('keydown', onKeyDown);
    layers.push(mine);
    return () => {
      layers.splice(layers.indexOf(mine), 1);
      if (layers.length === 0) removeEventListener('keydown', onKeyDown);
    };
  }, []);
}
