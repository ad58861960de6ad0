// Made-up but lifelike data for the mock server and the tests. Seeded: the same every time.
import type { Schemas } from '../lib/api/client.ts';

type Failure = Schemas['FailureDetail'];
type Occurrence = Schemas['OccurrenceDetail'];

/** A small generator of numbers in [0, 1) (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

const hex = (random: () => number, length: number) =>
  Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
const idOf = (prefix: string, n: number) => `${prefix}${String(n).padStart(8, '0')}`;

interface Story {
  repository: string;
  workflow: string;
  job: string;
  step: string;
  category: Schemas['Cause']['category'];
  rule: string | null;
  summary: string;
  fix: { summary: string; steps: string[] } | null;
  suspect: [author: string, message: string, why: string] | null;
  lines: string[];
  flaky: boolean;
}

const stories: Story[] = [
  {
    repository: 'harbour/checkout',
    workflow: 'CI',
    job: 'test (ubuntu, 21)',
    step: 'Run mvn -B verify',
    category: 'test_assertion',
    rule: 'java.surefire.assertion',
    summary: '`OrderTotalTest.roundsHalfUp` expected 10.01 but was 10.00.',
    fix: {
      summary:
        'Round half up again in `Money.total`, or change the expectation if the new rounding is meant.',
      steps: [
        'Run `mvn -Dtest=OrderTotalTest test`.',
        'Compare `Money.total` with the commit before.',
        'Push the correction.',
      ],
    },
    suspect: [
      'ada',
      'money: use the rounding of the ledger',
      'Touches `Money.java`, which the traceback names.',
    ],
    lines: [
      '[ERROR] Tests run: 14, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.212 s <<< FAILURE! -- in shop.OrderTotalTest',
      '[ERROR] shop.OrderTotalTest.roundsHalfUp -- Time elapsed: 0.011 s <<< FAILURE!',
      'org.opentest4j.AssertionFailedError: expected: <10.01> but was: <10.00>',
      '\tat shop.OrderTotalTest.roundsHalfUp(OrderTotalTest.java:41)',
      '\tat shop.Money.total(Money.java:88)',
    ],
    flaky: false,
  },
  {
    repository: 'harbour/web',
    workflow: 'Build and test',
    job: 'lint',
    step: 'Run npm ci',
    category: 'dependency_install',
    rule: 'node.npm.lock_mismatch',
    summary:
      '`package-lock.json` does not match `package.json`: `left-bow@2.1.0` is missing from the lock file.',
    fix: {
      summary: 'Write the lock file anew and commit it.',
      steps: ['Run `npm install`.', 'Commit `package-lock.json`.'],
    },
    suspect: ['linus', 'deps: add left-bow', 'Changes package.json but not package-lock.json.'],
    lines: [
      'npm error code EUSAGE',
      'npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.',
      'npm error Missing: left-bow@2.1.0 from lock file',
    ],
    flaky: false,
  },
  {
    repository: 'harbour/tide-service',
    workflow: 'CI',
    job: 'build (linux/amd64)',
    step: 'Build image',
    category: 'network_or_flaky',
    rule: 'docker.pull.timeout',
    summary: 'Pulling the base image timed out: `net/http: TLS handshake timeout`.',
    fix: {
      summary: 'Run the job again; if it returns, mirror the base image.',
      steps: ['Run `gh run rerun --failed`.'],
    },
    suspect: null,
    lines: [
      '#4 [internal] load metadata for registry.example.com/base/debian:12',
      '#4 ERROR: failed to do request: Head "https://registry.example.com/v2/base/debian/manifests/12": net/http: TLS handshake timeout',
      'ERROR: failed to solve: registry.example.com/base/debian:12: failed to resolve source metadata',
    ],
    flaky: true,
  },
  {
    repository: 'harbour/ledger',
    workflow: 'CI',
    job: 'clippy',
    step: 'Run cargo clippy',
    category: 'lint_error',
    rule: 'rust.clippy.denied',
    summary: 'Clippy denies `needless_borrow` in `src/journal.rs:212`.',
    fix: { summary: 'Take the borrow away.', steps: ['Run `cargo clippy --fix`.', 'Review and commit.'] },
    suspect: ['grace', 'journal: pass entries by reference', 'Changes the line that clippy names.'],
    lines: [
      'error: this expression creates a reference which is immediately dereferenced by the compiler',
      '   --> src/journal.rs:212:27',
      '    |',
      '212 |         self.append(&entry.as_ref());',
      '    |                     ^^^^^^^^^^^^^^^',
      'error: could not compile `ledger` (lib) due to 1 previous error',
    ],
    flaky: false,
  },
  {
    repository: 'harbour/forecast',
    workflow: 'Nightly',
    job: 'train (py3.12)',
    step: 'Run pytest -q',
    category: 'timeout_or_oom',
    rule: 'runner.oom.exit137',
    summary:
      'The process was killed with exit code 137 while `test_full_grid` ran: the runner was out of memory.',
    fix: {
      summary: 'Give the job less to hold at once, or a larger runner.',
      steps: [
        'Run `pytest -q -k test_full_grid` under `/usr/bin/time -v` to see its peak.',
        'Split the grid or set `runs-on` to a larger runner.',
      ],
    },
    suspect: [
      'katherine',
      'grid: keep all members in memory',
      'First run after which the peak rose from 5.1 to 15.8 GiB.',
    ],
    lines: ['tests/test_grid.py::test_full_grid Killed', '##[error]Process completed with exit code 137.'],
    flaky: false,
  },
  {
    repository: 'harbour/charts',
    workflow: 'Deploy',
    job: 'publish',
    step: 'Push to registry',
    category: 'permission_or_secret',
    rule: 'registry.push.denied',
    summary: 'The registry refused the push: the token has no `write:packages`.',
    fix: {
      summary: 'Give the workflow the permission.',
      steps: ['Add `permissions: packages: write` to the job.'],
    },
    suspect: ['barbara', 'ci: least privilege for all jobs', 'Removes `packages: write` from deploy.yml.'],
    lines: ['denied: permission_denied: write_package', '##[error]Process completed with exit code 1.'],
    flaky: false,
  },
  {
    repository: 'harbour/web',
    workflow: 'Build and test',
    job: 'unit',
    step: 'Run vitest',
    category: 'snapshot_diff',
    rule: 'js.vitest.snapshot',
    summary: 'The snapshot `BerthCard > renders an empty berth` does not match.',
    fix: {
      summary: 'If the change is meant, write the snapshot anew.',
      steps: ['Run `npx vitest -u berth_card`.', 'Review the difference and commit.'],
    },
    suspect: ['margaret', 'berth: show the draught in metres', 'Changes BerthCard.tsx.'],
    lines: [
      'FAIL  src/berth_card.test.tsx > BerthCard > renders an empty berth',
      'Error: Snapshot `BerthCard > renders an empty berth 1` mismatched',
      '-   4.2',
      '+   4.2 m',
    ],
    flaky: false,
  },
  {
    repository: 'harbour/pilot-android-with-a-rather-long-name',
    workflow: 'Android release candidate pipeline',
    job: 'assemble (release, arm64-v8a)',
    step: 'Run ./gradlew assembleRelease',
    category: 'compile_error',
    rule: 'kotlin.unresolved',
    summary:
      'Unresolved reference `bearingTo` in `feature/radar/src/main/kotlin/harbour/radar/RadarProjectionRenderer.kt:118`.',
    fix: {
      summary: 'Import or restore `bearingTo`.',
      steps: ['Look where `bearingTo` went in the suspect commit.'],
    },
    suspect: ['radia', 'geo: move bearings into their own module', 'Removes fun bearingTo.'],
    lines: [
      'e: file:///work/feature/radar/RadarProjectionRenderer.kt:118:27 Unresolved reference: bearingTo',
      'FAILURE: Build failed with an exception.',
    ],
    flaky: false,
  },
  {
    repository: 'harbour/tide-service',
    workflow: 'CI',
    job: 'integration',
    step: 'Run go test ./...',
    category: 'unknown',
    rule: null,
    summary: 'The step ended with exit code 2 and no known message.',
    fix: null,
    suspect: null,
    lines: ['make: *** [Makefile:31: integration] Error 2'],
    flaky: true,
  },
  {
    repository: 'harbour/images',
    workflow: 'CI',
    job: 'thumbnails',
    step: 'Run make assets',
    category: 'disk_full',
    rule: 'runner.disk.enospc',
    summary: 'The runner has no space left while writing `build/cache`.',
    fix: {
      summary: 'Free space before the build, or clean the cache.',
      steps: ['Add a step that runs `df -h` and removes what is not needed.'],
    },
    suspect: null,
    lines: ['cp: error writing "build/cache/a91": No space left on device'],
    flaky: false,
  },
];

const chatter = [
  'Downloading dependency graph',
  'Resolved 214 packages in 1.32 s',
  'Compiling harbour-core v0.8.1',
  'ok   tests/berth_spec 12 passed',
  'ok   tests/tide_spec 8 passed',
  'cache hit for key linux-deps-5f0c',
  'warning: unused import in src/util',
  'uploading artefact 3 of 9',
];

export interface MockLog {
  lines: { text: string; mark: Schemas['LogLine']['mark']; new: boolean | null }[];
  steps: Schemas['LogStep'][];
}

/** Where the story's lines stand in a log of `count` lines: after line `at`, up to line `end`. */
function placeOf(story: Pick<Story, 'lines'>, count: number): { at: number; end: number } {
  const at = Math.max(4, Math.floor(count * 0.8));
  return { at, end: at + story.lines.length };
}

function blocksOf(story: Pick<Story, 'lines'>, count: number): Schemas['Block'][] {
  const { at, end } = placeOf(story, count);
  return [
    { start: at - 2, end: at, kind: 'context', why: 'before the error' },
    { start: at + 1, end, kind: 'error', why: 'first error of the failing step' },
    { start: end + 1, end: end + 2, kind: 'context', why: 'after the error' },
    { start: count - 1, end: count - 1, kind: 'summary', why: 'the summary of the tool' },
  ];
}

/** A log of `count` lines with the story's lines at four fifths, in its failing step. */
export function makeLog(
  story: Pick<Story, 'lines' | 'step'>,
  count: number,
  seed: number,
  comparable = true,
): MockLog {
  const random = randomOf(seed);
  const { at, end: failEnd } = placeOf(story, count);
  const two = (value: number) => String(value).padStart(2, '0');
  const stamp = (n: number) =>
    `2026-03-14T02:${two(Math.floor(n / 3000) % 60)}:${two(Math.floor(n / 50) % 60)}.${two(n % 50)}41234Z`;
  const lines: MockLog['lines'] = [];
  for (let n = 1; n <= count; n += 1) {
    const inside = n > at && n <= failEnd;
    const near = !inside && n > at - 3 && n <= failEnd + 2;
    const text = inside
      ? (story.lines[n - at - 1] ?? '')
      : `${chatter[Math.floor(random() * chatter.length)]} [${Math.floor(random() * 9999)}]`;
    lines.push({
      text: `${stamp(n)} ${text}`,
      mark: inside ? 'error' : near ? 'context' : n === count - 1 ? 'summary' : null,
      new: comparable ? inside || n === count - 1 || random() < 0.004 : null,
    });
  }
  const names = ['Set up job', 'Check out', 'Set up tools', 'Restore cache'];
  const head = Math.max(1, Math.floor(count * 0.02));
  const steps: MockLog['steps'] = names.map((name, i) => ({
    name,
    start: i * head + 1,
    end: (i + 1) * head,
    failed: false,
  }));
  const tail = Math.min(count, failEnd + 6);
  steps.push({ name: story.step, start: names.length * head + 1, end: tail, failed: true });
  if (tail < count) steps.push({ name: 'Complete job', start: tail + 1, end: count, failed: false });
  return { lines, steps };
}

export interface MockWorld {
  failures: Failure[];
  occurrences: Map<string, Occurrence>;
  events: Schemas['Event'][];
  jobs: Schemas['Job'][];
  keys: Schemas['ApiKey'][];
  log: (occurrenceId: string) => MockLog | null;
}

const dayMs = 86_400_000;

/** A world with `failures` patterns and `events` deliveries, as of `now`. The first failure's log has 100,000 lines. */
export function makeWorld({ failures = 40, events = 400, now = Date.now(), demo = true } = {}): MockWorld {
  const random = randomOf(7);
  const time = (ms: number) => new Date(ms).toISOString();
  const occurrences = new Map<string, Occurrence>();
  const logs = new Map<string, MockLog>();
  const list: Failure[] = [];

  for (let i = 0; i < failures; i += 1) {
    const story = stories[i % stories.length] as Story;
    const id = idOf('01F', failures - i);
    const last = now - Math.floor((i * 0.9 + random()) * 3_600_000);
    const sparkline = Array.from({ length: 30 }, (_, day) =>
      day > 29 - (i % 9) * 4 || story.flaky ? (random() < 0.4 ? Math.ceil(random() * 6) : 0) : 0,
    );
    sparkline[29] = Math.max(1, sparkline[29] ?? 0);
    const count = sparkline.reduce((sum, value) => sum + value, 0);
    const commit = (): Schemas['Commit'] => {
      const sha = hex(random, 40);
      return { sha, url: `https://github.com/${story.repository}/commit/${sha}` };
    };
    const first = commit();
    const cause: Schemas['Cause'] = {
      summary: story.summary,
      category: story.category,
      confidence: story.rule ? 0.8 + random() * 0.19 : 0.2,
      rule: story.rule,
    };
    const suspects: Schemas['Suspect'][] = story.suspect
      ? [
          {
            ...first,
            author: story.suspect[0],
            message: story.suspect[1],
            score: 0.84,
            why: story.suspect[2],
          },
          {
            ...commit(),
            author: 'renovate',
            message: 'deps: update 4 packages',
            score: 0.12,
            why: 'In the same range.',
          },
        ]
      : [];
    const runs: Occurrence[] = Array.from({ length: Math.min(20, count) }, (_, n) => {
      const lines = i === 0 && n === 0 ? 100_000 : 400 + Math.floor(random() * 3000);
      const expired = i % 7 === 3 && n > 2;
      const occurrence: Occurrence = {
        id: idOf(`01R${String(failures - i).padStart(5, '0')}`, count - n),
        failure_id: id,
        run_id: String(9_284_756_000 + i * 40 - n),
        run_number: 4800 + i * 3 - n,
        attempt: 1 + (story.flaky && n % 3 === 0 ? 1 : 0),
        job_id: String(25_390_071_000 + i * 40 - n),
        branch: n % 4 === 3 ? 'feature/moorings' : 'main',
        sha: n === 0 ? first.sha : hex(random, 40),
        url: `https://github.com/${story.repository}/actions/runs/${9_284_756_000 + i * 40 - n}`,
        started_at: time(last - n * 0.7 * dayMs),
        duration_ms: 40_000 + Math.floor(random() * 900_000),
        state: i % 4 === 2 || n > 4 ? 'recovered' : 'failed',
        recovered_by: i % 4 === 2 || n > 4 ? String(9_284_790_000 + n) : null,
        passing_run_id: i % 10 === 8 ? null : String(9_284_001_000 + i),
        log_lines: expired ? 0 : lines,
        log_state: expired ? 'expired' : 'stored',
        log_reason: expired ? 'GitHub answered 410: the log is older than 90 days.' : null,
        repository: story.repository,
        workflow: story.workflow,
        job: story.job,
        step: story.step,
        cause,
        fix: story.fix,
        suspects,
        blocks: [],
        analyses: 1,
        key_lines: [],
        demo,
      };
      occurrences.set(occurrence.id, occurrence);
      return occurrence;
    });
    const latest = runs[0] as Occurrence;
    runs.forEach((run) => {
      if (run.log_state === 'stored') run.blocks = blocksOf(story, run.log_lines);
    });
    const at = placeOf(story, latest.log_lines).at + 1;
    list.push({
      id,
      fingerprint: hex(random, 32),
      repository: story.repository,
      workflow: story.workflow,
      job: story.job,
      step: story.step,
      branch: latest.branch,
      state: i % 4 === 2 ? 'recovered' : 'open',
      cause,
      occurrence_count: count,
      flake_rate: story.flaky ? 0.05 + random() * 0.4 : i % 3 === 0 ? null : 0,
      first_seen: time(last - count * 0.7 * dayMs),
      last_seen: time(last),
      first_commit: first,
      last_commit: commit(),
      sparkline,
      latest_occurrence_id: latest.id,
      demo,
      fix: story.fix,
      suspects,
      occurrences: runs,
      blocks: latest.blocks,
      key_lines: story.lines.map((text, k) => ({ n: at + k, text, mark: 'error' })),
      notice:
        i % 5 === 4
          ? {
              channel: '#builds',
              state: 'failed',
              permalink: null,
              detail: 'Slack answered channel_not_found.',
            }
          : {
              channel: '#builds',
              state: 'sent',
              permalink: 'https://harbour.slack.com/archives/C024/p1773453251482',
              detail: null,
            },
    });
  }

  const jobs: Schemas['Job'][] = [];
  const deliveries: Schemas['Event'][] = Array.from({ length: events }, (_, i) => {
    const failure = list[i % Math.max(1, list.length)];
    const failed = i % 3 === 0 && failure !== undefined;
    const state: Schemas['EventState'] =
      i === 1 ? 'running' : i === 2 ? 'queued' : i % 29 === 5 ? 'dead' : 'done';
    const received = now - i * 311_000 - 4000;
    const repository = failure?.repository ?? 'harbour/checkout';
    const kind = failed ? 'workflow_run' : ['workflow_job', 'push', 'check_run'][i % 3]!;
    const event: Schemas['Event'] = {
      id: idOf('01E', events - i),
      source: 'github',
      delivery_id: `${hex(random, 8)}-${hex(random, 4)}-11f1-${hex(random, 4)}-${hex(random, 12)}`,
      kind,
      action: kind === 'push' ? null : 'completed',
      repository,
      ref: 'refs/heads/main',
      branch: 'main',
      sha: hex(random, 40),
      actor: ['ada', 'grace', 'linus', 'katherine'][i % 4]!,
      run_id: String(9_284_756_000 + i),
      state,
      attempts: state === 'queued' ? 0 : state === 'dead' ? 8 : 1 + (i % 11 === 0 ? 2 : 0),
      error:
        state === 'dead' ? 'GitHub answered 502 for the log of job 25390071834 (8 tries in 34 min).' : null,
      received_at: time(received),
      done_at: state === 'done' ? time(received + 1400) : null,
      size_bytes: 6000 + Math.floor(random() * 18_000),
      failure_id: failed && state === 'done' ? failure.id : null,
      summary:
        kind === 'push'
          ? `Push to main by ${['ada', 'grace', 'linus', 'katherine'][i % 4]}`
          : failed
            ? `${failure.workflow} #${4800 + i} failed on main`
            : `${failure?.workflow ?? 'CI'} #${4800 + i} passed on main`,
      redelivered_count: i % 17 === 0 ? 1 : 0,
      demo,
    };
    if (failed || state !== 'done') {
      jobs.push({
        id: idOf('01J', events - i),
        kind: 'analyse_ci',
        key: repository,
        state,
        attempts: event.attempts,
        max_attempts: 8,
        run_at: time(received + (state === 'queued' ? 60_000 : 0)),
        lease_until: state === 'running' ? time(now + 55_000) : null,
        last_error: event.error,
        created_at: time(received),
        done_at: state === 'done' || state === 'dead' ? time(received + 1400) : null,
        event_id: event.id,
        demo,
      });
    }
    return event;
  });

  const keys: Schemas['ApiKey'][] = [
    {
      id: '01K00000002',
      name: 'grafana',
      role: 'viewer',
      prefix: 'fmk_8Qd2',
      created_at: time(now - 40 * dayMs),
      expires_at: time(now + 50 * dayMs),
      last_used_at: time(now - 30_000),
    },
    {
      id: '01K00000001',
      name: 'requeue script',
      role: 'operator',
      prefix: 'fmk_1xPa',
      created_at: time(now - 90 * dayMs),
      expires_at: null,
      last_used_at: null,
    },
  ];

  const storyOf = (occurrence: Occurrence) =>
    stories.find((story) => story.summary === occurrence.cause.summary) as Story;
  return {
    failures: list,
    occurrences,
    events: deliveries,
    jobs,
    keys,
    log(occurrenceId) {
      const occurrence = occurrences.get(occurrenceId);
      if (!occurrence || occurrence.log_state !== 'stored') return null;
      let log = logs.get(occurrenceId);
      if (!log) {
        // Logs are made when first read: most never are.
        log = makeLog(storyOf(occurrence), occurrence.log_lines, 99, occurrence.passing_run_id !== null);
        logs.set(occurrenceId, log);
      }
      return log;
    },
  };
}

export const emptyWorld = (): MockWorld => ({ ...makeWorld({ failures: 0, events: 0 }), keys: [] });
