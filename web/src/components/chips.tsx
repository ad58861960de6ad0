// The states and categories of things, as tags.
import type { Schemas } from '@/lib/api/client';
import { t } from '@/lib/strings';
import { Tag, type Tone } from './tag';

const failureTones: Record<Schemas['Failure']['state'], Tone> = { open: 'bad', recovered: 'good' };
const runTones: Record<Schemas['Occurrence']['state'], Tone> = { failed: 'bad', recovered: 'good' };
const workTones: Record<Schemas['EventState'], Tone> = {
  queued: 'calm',
  running: 'accent',
  done: 'good',
  dead: 'bad',
};

export function FailureState({ state }: { state: Schemas['Failure']['state'] }) {
  return <Tag tone={failureTones[state]}>{t.failures.states[state]}</Tag>;
}

export function RunState({ state }: { state: Schemas['Occurrence']['state'] }) {
  return <Tag tone={runTones[state]}>{t.run.states[state]}</Tag>;
}

export function WorkState({ state }: { state: Schemas['EventState'] }) {
  return <Tag tone={workTones[state]}>{t.events.states[state]}</Tag>;
}

export function Category({ category }: { category: Schemas['Cause']['category'] }) {
  return (
    <Tag tone={category === 'network_or_flaky' || category === 'infrastructure' ? 'warn' : 'accent'} plain>
      {t.failures.categories[category]}
    </Tag>
  );
}

export function DemoTag() {
  return (
    <Tag tone="warn" plain>
      {t.demo.chip}
    </Tag>
  );
}
