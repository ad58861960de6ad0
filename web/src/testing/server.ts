// The made-up API behind fetch. `answerWith(api)` answers with it until the end of the test.
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import type { MockApi } from './mock_api';

export const server = setupServer();

export function answerWith(api: MockApi): void {
  server.use(
    http.all('*/api/v1/*', async ({ request }) => {
      const answer = await api.handle({
        method: request.method,
        url: new URL(request.url),
        header: (name) => request.headers.get(name),
        json: () => request.json(),
      });
      if (answer.text !== undefined) return HttpResponse.text(answer.text, { status: answer.status });
      if (answer.body === undefined) return new HttpResponse(null, { status: answer.status });
      return HttpResponse.json(answer.body as object, {
        status: answer.status,
        headers: answer.status >= 400 ? { 'Content-Type': 'application/problem+json' } : {},
      });
    }),
  );
}
