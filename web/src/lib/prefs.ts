// What a person chose for this browser. Kept in localStorage under one key; a blocked storage costs only memory.
import { useSyncExternalStore } from 'react';

export type ThemeChoice = 'system' | 'light' | 'dark' | 'contrast';
export type Scheme = 'light' | 'dark' | 'contrast';

export interface Prefs {
  theme: ThemeChoice;
  zone: 'local' | 'utc';
  times: 'relative' | 'exact';
  shortcuts: boolean;
  wrap: boolean;
  stamps: boolean;
}

export const defaults: Prefs = {
  theme: 'system',
  zone: 'local',
  times: 'relative',
  shortcuts: true,
  wrap: false,
  stamps: false,
};

const storageKey = 'firstmate.prefs';

const allowed: { [K in keyof Prefs]: readonly Prefs[K][] } = {
  theme: ['system', 'light', 'dark', 'contrast'],
  zone: ['local', 'utc'],
  times: ['relative', 'exact'],
  shortcuts: [true, false],
  wrap: [true, false],
  stamps: [true, false],
};

/** Reads what was stored; what is unknown or damaged falls back to the default. */
export function parsePrefs(text: string | null): Prefs {
  let stored: Partial<Record<keyof Prefs, unknown>> = {};
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value === 'object' && value !== null) stored = value;
  } catch {
    return defaults;
  }
  const pick = <K extends keyof Prefs>(name: K): Prefs[K] =>
    (allowed[name] as readonly unknown[]).includes(stored[name])
      ? (stored[name] as Prefs[K])
      : defaults[name];
  return {
    theme: pick('theme'),
    zone: pick('zone'),
    times: pick('times'),
    shortcuts: pick('shortcuts'),
    wrap: pick('wrap'),
    stamps: pick('stamps'),
  };
}

/** The scheme to show for a choice, given what the system prefers. */
export function resolveScheme(choice: ThemeChoice, system: { dark: boolean; moreContrast: boolean }): Scheme {
  if (choice !== 'system') return choice;
  if (system.moreContrast) return 'contrast';
  return system.dark ? 'dark' : 'light';
}

function readStorage(): Prefs {
  try {
    return parsePrefs(localStorage.getItem(storageKey));
  } catch {
    return defaults;
  }
}

let current: Prefs | null = null;
const listeners = new Set<() => void>();

function snapshot(): Prefs {
  return (current ??= readStorage());
}

function notify(): void {
  listeners.forEach((listener) => listener());
}

export function setPrefs(change: Partial<Prefs>): void {
  current = { ...snapshot(), ...change };
  try {
    localStorage.setItem(storageKey, JSON.stringify(current));
  } catch {
    // Kept in memory for this tab.
  }
  notify();
}

function onStorage(event: StorageEvent): void {
  if (event.key !== storageKey && event.key !== null) return;
  current = null;
  notify();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) addEventListener('storage', onStorage);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) removeEventListener('storage', onStorage);
  };
}

export function usePrefs(): Prefs {
  return useSyncExternalStore(subscribe, snapshot, () => defaults);
}
