import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { allows } from '../session';
import { worthRetry } from '../query';
import { server } from '@/testing/server';
import { ApiError, client, send, setCsrfToken } from './client';

const caught = async (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error as ApiError,
  );

describe('send', () => {
  it('turns a problem into an ApiError', async () => {
    server.use(
      http.get('*/api/v1/status', () =>
        HttpResponse.json(
          {
            type: 'urn:x',
            title: 'Unavailable',
            status: 503,
            detail: 'full',
            code: 'unavailable',
            remedy: 'free some',
            trace_id: 't',
          },
          { status: 503, headers: { 'Content-Type': 'application/problem+json' } },
        ),
      ),
    );
    const error = await caught(send(client.GET('/api/v1/status')));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 503, message: 'full', problem: { remedy: 'free some' } });
  });

  it('survives an error that is not a problem', async () => {
    server.use(http.get('*/api/v1/status', () => new HttpResponse('<h1>Bad gateway</h1>', { status: 502 })));
    expect(await caught(send(client.GET('/api/v1/status')))).toMatchObject({ status: 502, problem: null });
  });

  it('says status 0 when nobody answers', async () => {
    server.use(http.get('*/api/v1/status', () => HttpResponse.error()));
    expect(await caught(send(client.GET('/api/v1/status')))).toMatchObject({ status: 0 });
  });
});

describe('writes', () => {
  it('carry the CSRF token and an idempotency key; reads do not', async () => {
    const seen: Headers[] = [];
    server.use(
      http.all('*/api/v1/*', ({ request }) => {
        seen.push(request.headers);
        return HttpResponse.json({});
      }),
    );
    setCsrfToken('secret');
    await send(client.GET('/api/v1/status'));
    await send(client.POST('/api/v1/events/{id}/requeue', { params: { path: { id: 'a' } } }));
    await send(client.POST('/api/v1/events/{id}/requeue', { params: { path: { id: 'a' } } }));
    await send(client.DELETE('/api/v1/demo'));
    expect(seen.map((headers) => headers.get('X-Firstmate-Csrf'))).toEqual([
      null,
      'secret',
      'secret',
      'secret',
    ]);
    const idempotency = seen.map((headers) => headers.get('Idempotency-Key'));
    expect(idempotency[0]).toBeNull();
    expect(idempotency[1]).toMatch(/^[0-9a-f]{32}$/);
    expect(idempotency[2]).not.toBe(idempotency[1]);
  });
});

it('retries only what may pass by itself', () => {
  expect(worthRetry(0, new ApiError(0, null))).toBe(true);
  expect(worthRetry(1, new ApiError(503, null))).toBe(true);
  expect(worthRetry(2, new ApiError(503, null))).toBe(false);
  expect(worthRetry(0, new ApiError(404, null))).toBe(false);
  expect(worthRetry(0, new TypeError('a fault of ours'))).toBe(false);
});

it('roles include the smaller ones', () => {
  expect(allows('admin', 'viewer')).toBe(true);
  expect(allows('operator', 'operator')).toBe(true);
  expect(allows('viewer', 'operator')).toBe(false);
  expect(allows(undefined, 'viewer')).toBe(false);
});
