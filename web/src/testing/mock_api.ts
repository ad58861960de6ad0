// The server's side of the API over a made-up world, for the mock server and the tests. It keeps the contract: problems,
// cursors, roles, CSRF.
import type { Schemas } from '../lib/api/client.ts';
import { emptyWorld, type MockWorld } from './mock_data.ts';

export interface MockRequest {
  method: string;
  url: URL;
  header: (name: string) => string | null;
  json: () => Promise<unknown>;
}

export interface MockAnswer {
  status: number;
  body?: unknown;
  /** Sent as text/plain. */
  text?: string;
}

const csrf = 'mock-csrf-token';

export const setupToken = 'fms_mock';
export const adminKey = 'fmk_mock_admin_key_0123456789abcdefgh';

function problem(status: number, code: string, title: string, detail: string, remedy = ''): MockAnswer {
  const body: Schemas['Problem'] = {
    type: `urn:firstmate:problem:${code}`,
    title,
    status,
    detail,
    code,
    remedy,
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  };
  return { status, body };
}

const missing = (what: string) =>
  problem(
    404,
    'not_found',
    'Not found',
    `There is no such ${what}.`,
    'Look in the list: retention may have removed it.',
  );

/** A page of a list; the cursor is the offset. */
function page<T>(items: T[], params: URLSearchParams): MockAnswer {
  const limit = Number(params.get('limit') ?? 50);
  if (!(limit >= 1 && limit <= 200))
    return problem(400, 'invalid', 'Invalid', 'limit must be between 1 and 200.');
  const from = Number(params.get('cursor') ?? 0);
  const end = from + limit;
  return {
    status: 200,
    body: { items: items.slice(from, end), next_cursor: end < items.length ? String(end) : null },
  };
}

function matches(params: URLSearchParams, name: string, value: string | null): boolean {
  const wanted = params.get(name);
  return wanted === null || wanted === value;
}

function contains(params: URLSearchParams, ...values: (string | null)[]): boolean {
  const wanted = params.get('q')?.toLowerCase();
  return !wanted || values.some((value) => value?.toLowerCase().includes(wanted));
}

export class MockApi {
  world: MockWorld;
  user: Schemas['User'] | null;
  claimed: boolean;
  demo = true;
  /** Secret of a key to its id. */
  private secrets = new Map<string, string>();
  checklist: Schemas['ChecklistItem'][] = [
    { id: 'github_webhook', state: 'ok', detail: 'Last delivery 4 s ago.', remedy: '' },
    {
      id: 'github_token',
      state: 'failing',
      detail: 'GitHub answered 401 to the last call.',
      remedy: 'The token has expired: make a new one and set `FIRSTMATE_GITHUB_TOKEN`.',
    },
    { id: 'slack', state: 'missing', detail: 'No token is set.', remedy: 'Set FIRSTMATE_SLACK_BOT_TOKEN.' },
  ];

  constructor(world: MockWorld, user: Schemas['User'] | null = null) {
    this.world = world;
    this.user = user;
    this.claimed = user !== null;
  }

  private session(): Schemas['Session'] {
    return {
      user: this.user,
      csrf_token: this.user ? csrf : null,
      expires_at: this.user ? new Date(Date.now() + 8 * 3_600_000).toISOString() : null,
      setup_required: !this.claimed,
    };
  }

  private status(): Schemas['Status'] {
    const { failures, events, jobs, occurrences } = this.world;
    return {
      version: '0.1.0',
      environment: 'LAB',
      started_at: new Date(Date.now() - 3_600_000).toISOString(),
      uptime_ms: 3_600_000,
      public_url: 'http://127.0.0.1:8080',
      webhook_url: 'http://127.0.0.1:8080/webhooks/github',
      demo: this.demo,
      checklist: this.checklist,
      queue: {
        queued: jobs.filter((job) => job.state === 'queued').length,
        running: jobs.filter((job) => job.state === 'running').length,
        dead: jobs.filter((job) => job.state === 'dead').length,
        oldest_queued_ms: null,
      },
      counts: {
        events: events.length,
        events_dead: events.filter((event) => event.state === 'dead').length,
        failures_open: failures.filter((failure) => failure.state === 'open').length,
        failures_recovered: failures.filter((failure) => failure.state === 'recovered').length,
        occurrences: occurrences.size,
      },
    };
  }

  async handle(request: MockRequest): Promise<MockAnswer> {
    const { method, url } = request;
    const path = url.pathname.replace('/api/v1', '');
    const params = url.searchParams;
    const open = await this.handleOpen(method, path, request);
    if (open) return open;
    const bearer = /^Bearer (.+)$/.exec(request.header('Authorization') ?? '')?.[1];
    if (bearer) {
      const id = this.secrets.get(bearer);
      if (!this.world.keys.some((key) => key.id === id)) {
        return problem(
          401,
          'unauthorised',
          'Not signed in',
          'The key is not known or has expired.',
          'Ask for a new one.',
        );
      }
      return method === 'GET' ? this.read(path, params) : this.write(method, path, request);
    }
    if (!this.user) {
      return problem(
        401,
        'unauthorised',
        'Not signed in',
        'The request carries no valid session.',
        'Sign in.',
      );
    }
    if (method !== 'GET' && request.header('X-Firstmate-Csrf') !== csrf) {
      return problem(
        403,
        'forbidden',
        'Not allowed',
        'The CSRF token is missing or wrong.',
        'Reload the page.',
      );
    }
    if (method === 'GET') return this.read(path, params);
    return this.write(method, path, request);
  }

  private async handleOpen(method: string, path: string, request: MockRequest): Promise<MockAnswer | null> {
    if (path === '/session' && method === 'GET') return { status: 200, body: this.session() };
    if (path === '/session' && method === 'DELETE') {
      this.user = null;
      return { status: 204 };
    }
    if (path === '/session' && method === 'POST') {
      const body = (await request.json()) as { api_key?: string; link_token?: string };
      if (body.api_key !== adminKey && body.link_token !== 'fms_link') {
        return problem(
          401,
          'unauthorised',
          'Not signed in',
          'The key is not known or has expired.',
          'Ask an administrator for a new one.',
        );
      }
      this.user = { id: '01U00000001', name: 'Ada', role: 'admin' };
      return { status: 200, body: this.session() };
    }
    if (path === '/setup' && method === 'POST') {
      const body = (await request.json()) as { token: string; name: string };
      if (this.claimed)
        return problem(
          409,
          'conflict',
          'Conflict',
          'The set-up link was used before.',
          'Sign in with an API key.',
        );
      if (body.token !== setupToken)
        return problem(
          401,
          'unauthorised',
          'Not signed in',
          'The set-up token is wrong.',
          'Copy the whole link.',
        );
      this.claimed = true;
      this.user = { id: '01U00000001', name: body.name, role: 'admin' };
      return { status: 201, body: this.session() };
    }
    return null;
  }

  private read(path: string, params: URLSearchParams): MockAnswer {
    const { world } = this;
    const [, resource, id, part] = path.split('/');
    switch (resource) {
      case 'status':
        return { status: 200, body: this.status() };
      case 'keys':
        return page(world.keys, params);
      case 'events': {
        if (!id) {
          return page(
            world.events.filter(
              (event) =>
                matches(params, 'state', event.state) &&
                matches(params, 'kind', event.kind) &&
                matches(params, 'repository', event.repository) &&
                contains(
                  params,
                  event.summary,
                  event.branch,
                  event.sha,
                  event.actor,
                  event.delivery_id,
                  event.error,
                ),
            ),
            params,
          );
        }
        const event = world.events.find((item) => item.id === id);
        return event ? { status: 200, body: event } : missing('event');
      }
      case 'jobs': {
        if (!id) {
          return page(
            world.jobs.filter(
              (job) =>
                matches(params, 'state', job.state) &&
                matches(params, 'kind', job.kind) &&
                matches(params, 'event_id', job.event_id),
            ),
            params,
          );
        }
        const job = world.jobs.find((item) => item.id === id);
        return job ? { status: 200, body: job } : missing('job');
      }
      case 'failures': {
        if (!id) {
          const since = params.get('since');
          return page(
            world.failures.filter(
              (failure) =>
                matches(params, 'state', failure.state) &&
                matches(params, 'category', failure.cause.category) &&
                matches(params, 'repository', failure.repository) &&
                matches(params, 'workflow', failure.workflow) &&
                matches(params, 'job', failure.job) &&
                matches(params, 'branch', failure.branch) &&
                (!since || failure.last_seen >= since) &&
                contains(
                  params,
                  failure.cause.summary,
                  failure.step,
                  failure.job,
                  failure.workflow,
                  failure.repository,
                ),
            ),
            params,
          );
        }
        const failure = world.failures.find((item) => item.id === id);
        if (!failure) return missing('failure');
        return part === 'occurrences'
          ? page([...failure.occurrences], params)
          : { status: 200, body: failure };
      }
      case 'occurrences': {
        const occurrence = world.occurrences.get(id ?? '');
        if (!occurrence) return missing('occurrence');
        return part === 'log' ? this.log(occurrence.id, params) : { status: 200, body: occurrence };
      }
      default:
        return missing('resource');
    }
  }

  private log(id: string, params: URLSearchParams): MockAnswer {
    const log = this.world.log(id);
    if (!log)
      return problem(
        404,
        'not_found',
        'Not found',
        'The log was removed by retention.',
        'Open the run at its source.',
      );
    if (params.get('format') === 'text')
      return { status: 200, text: `${log.lines.map((line) => line.text).join('\n')}\n` };
    const from = Number(params.get('from') ?? 1);
    const limit = Number(params.get('limit') ?? 2000);
    const lines: Schemas['LogLine'][] = [];
    let n = from;
    for (; n <= log.lines.length && lines.length < limit; n += 1) {
      const line = log.lines[n - 1];
      if (line && (params.get('only') !== 'new' || line.new)) lines.push({ n, ...line });
    }
    const body: Schemas['LogPage'] = {
      lines,
      total_lines: log.lines.length,
      steps: log.steps,
      next_from: n <= log.lines.length ? n : null,
    };
    return { status: 200, body };
  }

  private async write(method: string, path: string, request: MockRequest): Promise<MockAnswer> {
    const { world } = this;
    const [, resource, id, action] = path.split('/');
    if (method === 'DELETE' && resource === 'demo') {
      this.world = emptyWorld();
      this.demo = false;
      return { status: 204 };
    }
    if (method === 'POST' && resource === 'keys') {
      const body = (await request.json()) as Schemas['ApiKeyRequest'];
      const key: Schemas['ApiKey'] = {
        id: `01K${String(world.keys.length + 100).padStart(8, '0')}`,
        name: body.name,
        role: body.role,
        prefix: 'fmk_Zz91',
        created_at: new Date().toISOString(),
        expires_at: body.expires_at ?? null,
        last_used_at: null,
      };
      const secret = `fmk_Zz91k2mQ7s0aVbXcYdEfGh${world.keys.length}`;
      this.secrets.set(secret, key.id);
      world.keys.unshift(key);
      return { status: 201, body: { ...key, key: secret } };
    }
    if (method === 'DELETE' && resource === 'keys') {
      world.keys = world.keys.filter((key) => key.id !== id);
      return { status: 204 };
    }
    if (method === 'POST' && action === 'requeue') {
      const target = (resource === 'events' ? world.events : world.jobs).find((item) => item.id === id);
      if (!target) return missing('item');
      if (target.state !== 'dead')
        return problem(409, 'conflict', 'Conflict', `It is ${target.state}.`, 'Wait until it is dead.');
      Object.assign(target, { state: 'queued', attempts: 0, done_at: null });
      const job = world.jobs.find((item) => item.id === id || item.event_id === id);
      if (job) Object.assign(job, { state: 'queued', attempts: 0, done_at: null });
      return { status: 202, body: job };
    }
    return missing('resource');
  }
}
